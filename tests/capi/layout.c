/* Prints where every field of every struct lies, and the value of every constant: what programs were compiled with. */
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <recocore/recocore.h>

#define STRUCT(type) printf("struct %s: %zu bytes, aligned to %zu\n", #type, sizeof(type), _Alignof(type))
#define FIELD(type, field) printf("  %3zu + %4zu  %s\n", offsetof(type, field), sizeof(((type*)0)->field), #field)
#define VALUE(name) printf("%s = %ld\n", #name, (long)(name))

int main(void) {
  VALUE(RECOCORE_OK);
  VALUE(RECOCORE_INVALID_ARGUMENT);
  VALUE(RECOCORE_INVALID_PARAMETER);
  VALUE(RECOCORE_INVALID_DATA);
  VALUE(RECOCORE_MISSING_COLUMN);
  VALUE(RECOCORE_ID_TYPE);
  VALUE(RECOCORE_UNKNOWN_ID);
  VALUE(RECOCORE_CAPACITY_EXCEEDED);
  VALUE(RECOCORE_CANCELLED);
  VALUE(RECOCORE_DEADLINE_EXCEEDED);
  VALUE(RECOCORE_MEMORY_LIMIT_EXCEEDED);
  VALUE(RECOCORE_IO);
  VALUE(RECOCORE_OUT_OF_MEMORY);
  VALUE(RECOCORE_UNSUPPORTED);
  VALUE(RECOCORE_INTERNAL);
  VALUE(RECOCORE_ON_UNKNOWN_POPULAR);
  VALUE(RECOCORE_ON_UNKNOWN_ERROR);
  VALUE(RECOCORE_ON_UNKNOWN_EMPTY);
  VALUE(RECOCORE_TIER_NONE);
  VALUE(RECOCORE_TIER_COLLABORATIVE);
  VALUE(RECOCORE_TIER_POPULAR);
  VALUE(RECOCORE_TIER_CONTENT);
  VALUE(RECOCORE_TIER_SEGMENT);

  STRUCT(recocore_error);
  FIELD(recocore_error, size);
  FIELD(recocore_error, code);
  FIELD(recocore_error, message);

  STRUCT(recocore_ids);
  FIELD(recocore_ids, size);
  FIELD(recocore_ids, count);
  FIELD(recocore_ids, integers);
  FIELD(recocore_ids, texts);
  FIELD(recocore_ids, lengths);

  STRUCT(recocore_run);
  FIELD(recocore_run, size);
  FIELD(recocore_run, threads);
  FIELD(recocore_run, timeout_ms);
  FIELD(recocore_run, memory_limit);
  FIELD(recocore_run, progress);
  FIELD(recocore_run, context);

  STRUCT(recocore_event_columns);
  FIELD(recocore_event_columns, size);
  FIELD(recocore_event_columns, count);
  FIELD(recocore_event_columns, users);
  FIELD(recocore_event_columns, items);
  FIELD(recocore_event_columns, weights);
  FIELD(recocore_event_columns, times);
  FIELD(recocore_event_columns, types);
  FIELD(recocore_event_columns, consent);

  STRUCT(recocore_open_options);
  FIELD(recocore_open_options, size);
  FIELD(recocore_open_options, in_memory);
  FIELD(recocore_open_options, verify);

  STRUCT(recocore_save_options);
  FIELD(recocore_save_options, size);
  FIELD(recocore_save_options, serving_only);
  FIELD(recocore_save_options, histories);
  FIELD(recocore_save_options, sequence);

  STRUCT(recocore_info);
  FIELD(recocore_info, size);
  FIELD(recocore_info, name);
  FIELD(recocore_info, version);
  FIELD(recocore_info, sequence);
  FIELD(recocore_info, users);
  FIELD(recocore_info, items);
  FIELD(recocore_info, interactions);
  FIELD(recocore_info, user_ids_are_text);
  FIELD(recocore_info, item_ids_are_text);
  FIELD(recocore_info, serving_only);
  FIELD(recocore_info, reserved);

  STRUCT(recocore_request);
  FIELD(recocore_request, size);
  FIELD(recocore_request, user);
  FIELD(recocore_request, history);
  FIELD(recocore_request, weights);
  FIELD(recocore_request, exclude);
  FIELD(recocore_request, candidates);
  FIELD(recocore_request, where);
  FIELD(recocore_request, n);
  FIELD(recocore_request, include_seen);
  FIELD(recocore_request, on_unknown);
  FIELD(recocore_request, reserved);

  STRUCT(recocore_audience_options);
  FIELD(recocore_audience_options, size);
  FIELD(recocore_audience_options, users);
  FIELD(recocore_audience_options, where);
  FIELD(recocore_audience_options, n);
  FIELD(recocore_audience_options, alternative);
  FIELD(recocore_audience_options, min_history);
  FIELD(recocore_audience_options, ranks);

  STRUCT(recocore_change);
  FIELD(recocore_change, size);
  FIELD(recocore_change, version);
  FIELD(recocore_change, events_added);
  FIELD(recocore_change, events_removed);
  FIELD(recocore_change, users_changed);
  FIELD(recocore_change, refitted);
  FIELD(recocore_change, reserved);

  STRUCT(recocore_receipt);
  FIELD(recocore_receipt, size);
  FIELD(recocore_receipt, events);
  FIELD(recocore_receipt, interactions);
  FIELD(recocore_receipt, version_before);
  FIELD(recocore_receipt, version_after);
  FIELD(recocore_receipt, digest_before);
  FIELD(recocore_receipt, digest_after);
  FIELD(recocore_receipt, known);
  FIELD(recocore_receipt, reserved);
  return 0;
}
