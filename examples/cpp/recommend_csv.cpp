// Reads events from a CSV file, fits item-based neighbours, and recommends.
//
//   recommend_csv events.csv [user id column] [item id column] [user id]
#include <exception>
#include <filesystem>
#include <iostream>
#include <string>
#include <variant>

#include <recocore/recocore.hpp>

namespace {

std::ostream& operator<<(std::ostream& out, const recocore::IdView& id) {
  std::visit([&out](const auto& value) { out << value; }, id);
  return out;
}

void run(const std::filesystem::path& file, const recocore::CsvConfig& columns, const std::string& wanted_user) {
  const auto interactions = recocore::Interactions::from_events(recocore::read_events_csv(file, columns));
  std::cout << recocore::to_text(interactions.report()) << '\n';

  const recocore::AnyModel model = recocore::ItemKnn::fit(interactions, {.k = 50});

  // Ids stay what they are in the file: integers there, integers here.
  recocore::IdView user = interactions.users().at(0);
  if (!wanted_user.empty()) {
    const bool integers = interactions.users().kind() == recocore::IdKind::integer;
    user = integers ? recocore::IdView(std::stoll(wanted_user)) : recocore::IdView(wanted_user);
  }
  std::cout << "\nrecommended for " << user << ":\n";
  for (const auto& entry : recocore::recommend_user(model, user, {.n = 5})) {
    std::cout << "  " << interactions.items().at(entry.item.value) << "  " << entry.score << "  ("
              << recocore::to_string(entry.tier) << ")\n";
  }

  const auto item = interactions.items().at(0);
  std::cout << "\nsimilar to " << item << ":\n";
  for (const auto& entry : recocore::similar_items(model, item, {.n = 5})) {
    std::cout << "  " << interactions.items().at(entry.item.value) << "  " << entry.score << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  const auto argument = [&](int position, const char* otherwise) {
    return std::string(argc > position ? argv[position] : otherwise);
  };
  try {
    run(argument(1, EXAMPLE_EVENTS), {.user = argument(2, "user_id"), .item = argument(3, "item_id")}, argument(4, ""));
  } catch (const std::exception& error) {
    std::cerr << "recommend_csv: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
