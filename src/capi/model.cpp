#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <recocore/data/interactions.hpp>
#include <recocore/io/model_file.hpp>

#include "fit_models.hpp"
#include "handles.hpp"
#include "run.hpp"
#include "settings.hpp"
#include "status.hpp"
#include "structs.hpp"

namespace recocore::capi {

namespace {

/// A path as the C interface has it: UTF-8 wherever that is not what the system has already.
[[nodiscard]] std::filesystem::path to_path(const char* path) {
  require(path, "path");
  if (*path == '\0') {
    throw InvalidArgument("path is empty");
  }
  return std::u8string_view(reinterpret_cast<const char8_t*>(path));
}

[[nodiscard]] recocore_info info_of(const recocore_model& model, const AnyModel& snapshot) {
  recocore_info info{};
  const auto name = snapshot.name();
  std::copy_n(name.data(), std::min(name.size(), sizeof(info.name) - 1), info.name);
  info.version = model.live.version();
  info.sequence = model.sequence;
  info.users = snapshot.users().size();
  info.items = snapshot.items().size();
  info.interactions = snapshot.interactions().size();
  info.user_ids_are_text = snapshot.users().kind() == IdKind::text ? 1 : 0;
  info.item_ids_are_text = snapshot.items().kind() == IdKind::text ? 1 : 0;
  info.serving_only = model.serving_only ? 1 : 0;
  return info;
}

}  // namespace

}  // namespace recocore::capi

using namespace recocore::capi;

recocore_status recocore_fit(const char* settings, recocore_events* events, const recocore_run* run,
                             recocore_model** model, recocore_error* error) {
  return guarded(error, [&] {
    require(settings, "settings");
    require(events, "events");
    require(model, "model");
    const auto plan = plan_fit(Settings::parse(settings));
    const Run options(run);
    auto interactions = recocore::Interactions::from_events(events->seal(), plan.interactions, options.options());
    auto fitted = plan.fit(std::move(interactions), options.options());
    *model = std::make_unique<recocore_model>(std::move(fitted)).release();
  });
}

recocore_status recocore_open(const char* path, const recocore_open_options* options, recocore_model** model,
                              recocore_error* error) {
  return guarded(error, [&] {
    require(model, "model");
    const auto given = read_struct(options, "recocore_open_options");
    const auto file =
        recocore::ModelFile::open(to_path(path), {.mmap = given.in_memory == 0, .verify = given.verify != 0});
    *model = std::make_unique<recocore_model>(file.model(), file.retired(), file.serving_only(), file.sequence(),
                                              file.parameters())
                 .release();
  });
}

recocore_status recocore_save(recocore_model* model, const char* path, const recocore_save_options* options,
                              recocore_error* error) {
  return guarded(error, [&] {
    require(model, "model");
    const auto given = read_struct(options, "recocore_save_options");
    const auto file = to_path(path);
    const std::scoped_lock lock(model->changes);
    recocore::save_model(model->live.snapshot(), file,
                         {.serving_only = given.serving_only != 0,
                          .histories = given.histories != 0,
                          .sequence = given.sequence != 0 ? given.sequence : model->sequence,
                          .retired = model->live.retired(),
                          .parameters = model->parameters});
  });
}

recocore_status recocore_get_info(recocore_model* model, recocore_info* info, recocore_error* error) {
  return guarded(error, [&] {
    require(model, "model");
    require(info, "info");
    const OutStruct out(info, "recocore_info");
    const std::scoped_lock lock(model->changes);
    auto filled = info_of(*model, model->live.snapshot());
    filled.size = sizeof(recocore_info);
    out.write(filled);
  });
}

void recocore_model_free(recocore_model* model) { delete model; }
