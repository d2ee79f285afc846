/// Everything at once: for examples and small programs. Larger ones include what they use.
#pragma once

#include <recocore/core/config.hpp>
#include <recocore/core/error.hpp>
#include <recocore/core/id.hpp>
#include <recocore/core/id_map.hpp>
#include <recocore/core/run_options.hpp>
#include <recocore/core/time.hpp>
#include <recocore/data/event_log.hpp>
#include <recocore/data/interactions.hpp>
#include <recocore/data/split.hpp>
#include <recocore/eval/bootstrap.hpp>
#include <recocore/eval/evaluate.hpp>
#include <recocore/eval/metrics.hpp>
#include <recocore/io/csv.hpp>
#include <recocore/models/item_knn.hpp>
#include <recocore/models/popularity.hpp>
#include <recocore/rank/any_model.hpp>
#include <recocore/rank/recommend.hpp>
#include <recocore/rank/serve.hpp>
#include <recocore/stats/cooccurrence.hpp>
