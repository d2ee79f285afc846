/// What two rows have in common, in plain words.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <recocore/content/content_index.hpp>
#include <recocore/data/attribute_table.hpp>

namespace recocore {

struct ContentMatch {
  struct Part {
    std::string column{};
    ColumnKind kind{};
    double similarity = 0.0;  ///< sim_c, 0 to 1
    double share = 0.0;       ///< weight_c sim_c; shares add up to the score
    std::string fact{};       ///< "same Region: Rioja"; empty where there is nothing in common
  };

  double score = 0.0;
  std::vector<Part> parts{};  ///< the largest share first; all columns
};

/// Compares row `row_a` of a table with row `row_b` of another, column by column, as `index` weighs them.
[[nodiscard]] ContentMatch explain_match(const ContentIndex& index, const AttributeTable& a, std::size_t row_a,
                                         const AttributeTable& b, std::size_t row_b);

/// The facts of the columns that contribute, at most `most`: "same Region: Rioja; both Tempranillo".
[[nodiscard]] std::string to_text(const ContentMatch& match, std::size_t most = 4);

}  // namespace recocore

#if defined(RECOCORE_HEADER_ONLY)
#include <recocore/impl/content/content_match_inl.hpp>
#endif
