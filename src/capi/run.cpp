#include "run.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "structs.hpp"

namespace recocore::capi {

Run::Run(const recocore_run* run) : given_(read_struct(run, "recocore_run")) {
  options_.threads = given_.threads;
  options_.memory_limit = given_.memory_limit;
  if (given_.timeout_ms > 0) {
    options_.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(given_.timeout_ms);
  }
  if (given_.progress != nullptr) {
    stop_ = std::stop_source();
    options_.stop = stop_.get_token();
    options_.progress = [this](std::string_view stage, std::uint64_t done, std::uint64_t total) {
      std::array<char, 64> name{};
      std::memcpy(name.data(), stage.data(), std::min(stage.size(), name.size() - 1));
      if (given_.progress(given_.context, name.data(), done, total) != 0) {
        stop_.request_stop();
      }
    };
  }
}

}  // namespace recocore::capi
