/// What an event counts: its own weight times the weight of its type.
#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <recocore/core/error.hpp>
#include <recocore/core/id.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/impl/core/text.hpp>

namespace recocore::detail {

/// The weights of the event types, looked up with messages that name them all. `where()` names the row of a message.
class EventTypes {
 public:
  explicit EventTypes(EventWeights weights) : weights_(std::move(weights)) {
    for (const auto& [type, weight] : weights_) {
      if (!std::isfinite(weight)) {
        throw InvalidParameter("the weight of the event type " + to_display(type) + " is " + number_text(weight) +
                               "; weights must be finite numbers");
      }
    }
  }

  [[nodiscard]] bool empty() const noexcept { return weights_.empty(); }

  template <class Where>
  [[nodiscard]] double weight_of(std::string_view type, const Where& where) const {
    const auto found = weights_.find(type);
    if (found == weights_.end()) {
      throw InvalidData(where() + ": the event type " + to_display(type) + " has no weight; " + known());
    }
    return found->second;
  }

  template <class Where>
  [[nodiscard]] double weight_of(std::int64_t type, const Where& where) const {
    std::array<char, 24> buffer{};
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), type).ptr;
    return weight_of(std::string_view(buffer.data(), static_cast<std::size_t>(end - buffer.data())), where);
  }

 private:
  [[nodiscard]] std::string known() const {
    std::string text = "known event types are ";
    for (const auto& entry : weights_) {
      text += (entry.first == weights_.begin()->first ? "" : ", ") + to_display(entry.first);
    }
    return text;
  }

  EventWeights weights_;
};

template <class Where>
void check_weight(double weight, const Where& where) {
  if (!std::isfinite(weight)) {
    throw InvalidData(where() + ": the weight is " + number_text(weight) + "; weights must be finite numbers");
  }
}

/// The weight as it is stored.
template <class Where>
[[nodiscard]] float to_stored_weight(double weight, const Where& where) {
  const auto stored = static_cast<float>(weight);
  if (!std::isfinite(stored)) {
    throw InvalidData(where() + ": the weight " + number_text(weight) +
                      " (times that of its event type, if it has one) does not fit a 32-bit float, whose largest "
                      "number is 3.4e38; scale the weights down");
  }
  return stored;
}

}  // namespace recocore::detail
