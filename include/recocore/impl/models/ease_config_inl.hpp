#pragma once

#include <cmath>
#include <string>

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/impl/core/text.hpp>
#include <recocore/models/ease_config.hpp>

namespace recocore {

RECOCORE_INLINE void EaseConfig::validate() const {
  const auto require = [](bool good, const char* name, const char* range, double value) {
    if (!good) {
      throw InvalidParameter(std::string(name) + " must be " + range + "; got " + detail::number_text(value));
    }
  };
  require(l2 > 0.0 && std::isfinite(l2), "l2", "above 0", l2);
  require(user_exponent >= 0.0 && user_exponent <= 2.0, "user_exponent", "from 0 to 2", user_exponent);
  require(count_exponent >= 0.0 && count_exponent <= 2.0, "count_exponent", "from 0 to 2", count_exponent);
  require(candidate_exponent >= -2.0 && candidate_exponent <= 2.0, "candidate_exponent", "from -2 to 2",
          candidate_exponent);
  require(dropout >= 0.0 && dropout < 1.0, "dropout", "from 0 to below 1", dropout);
  require(diagonal >= 0.0 && diagonal <= 1.0, "diagonal", "from 0 to 1", diagonal);
}

}  // namespace recocore
