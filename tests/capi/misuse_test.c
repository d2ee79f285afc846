/* What a calling program may do wrong: NULL everywhere, sizes, settings, data; and that errors are the caller's. */
#include "check.h"

static recocore_error error = {.size = sizeof error};
static const char* const item_knn = "{\"model\": \"item_knn\"}";

static recocore_model* fitted(void) {
  recocore_events* events = purchases(&error);
  recocore_model* model = NULL;
  CHECK_OK(recocore_fit(item_knn, events, NULL, &model, &error));
  recocore_events_free(events);
  return model;
}

static void test_null(void) {
  const recocore_status refused = RECOCORE_INVALID_ARGUMENT;
  recocore_model* model = fitted();
  recocore_events* events = purchases(&error);
  recocore_list* list = NULL;
  recocore_members* members = NULL;
  recocore_text* text = NULL;
  recocore_info info = {.size = sizeof info};
  const char* const id = "tea";
  const recocore_ids ids = texts(&id, 1);
  const recocore_event_columns columns = {.size = sizeof columns};
  CHECK_OK(recocore_list_new(&list, &error));

  CHECK_STATUS(refused, recocore_events_new(NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_events_add(NULL, &columns, &error));
  CHECK_STATUS(refused, recocore_events_add(events, NULL, &error));
  CHECK_STATUS(refused, recocore_events_add_arrow(NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_events_add_arrow(events, NULL, &error));
  CHECK_STATUS(refused, recocore_fit(NULL, events, NULL, &model, &error));
  CHECK_STATUS(refused, recocore_fit(item_knn, NULL, NULL, &model, &error));
  CHECK_STATUS(refused, recocore_fit(item_knn, events, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_open(NULL, NULL, &model, &error));
  CHECK_STATUS(refused, recocore_open("x", NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_save(NULL, "x", NULL, &error));
  CHECK_STATUS(refused, recocore_save(model, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_get_info(NULL, &info, &error));
  CHECK_STATUS(refused, recocore_get_info(model, NULL, &error));
  CHECK_STATUS(refused, recocore_list_new(NULL, &error));
  CHECK_STATUS(refused, recocore_recommend(NULL, NULL, list, &error));
  CHECK_STATUS(refused, recocore_recommend(model, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_similar(NULL, &ids, NULL, list, &error));
  CHECK_STATUS(refused, recocore_similar(model, NULL, NULL, list, &error));
  CHECK_STATUS(refused, recocore_similar(model, &ids, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_audience(NULL, &ids, NULL, NULL, &members, &error));
  CHECK_STATUS(refused, recocore_audience(model, NULL, NULL, NULL, &members, &error));
  CHECK_STATUS(refused, recocore_audience(model, &ids, NULL, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_update(NULL, events, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_update(model, NULL, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_remove(NULL, events, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_remove(model, NULL, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_replace(NULL, events, events, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_replace(model, NULL, events, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_replace(model, events, NULL, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_drop_before(NULL, 0, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_retire(NULL, &ids, NULL, &error));
  CHECK_STATUS(refused, recocore_retire(model, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_restore(NULL, &ids, NULL, &error));
  CHECK_STATUS(refused, recocore_restore(model, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_merge(NULL, model, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_merge(model, NULL, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_forget(NULL, &ids, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_forget(model, NULL, NULL, NULL, &error));
  CHECK_STATUS(refused, recocore_export_user(NULL, &ids, &text, &error));
  CHECK_STATUS(refused, recocore_export_user(model, NULL, &text, &error));
  CHECK_STATUS(refused, recocore_export_user(model, &ids, NULL, &error));
  CHECK(members == NULL && text == NULL);

  size_t length = 7;
  CHECK(recocore_events_count(NULL) == 0);
  CHECK(recocore_list_size(NULL) == 0 && recocore_list_version(NULL) == 0);
  CHECK(recocore_list_item(NULL, 0, &length) == NULL && length == 0);
  CHECK(recocore_list_item(NULL, 0, NULL) == NULL && recocore_list_item_int64(NULL, 0) == 0);
  CHECK(recocore_list_score(NULL, 0) == 0.0F && recocore_list_tier(NULL, 0) == RECOCORE_TIER_NONE);
  length = 7;
  CHECK(recocore_members_size(NULL) == 0 && recocore_members_user(NULL, 0, &length) == NULL && length == 0);
  CHECK(recocore_members_user(NULL, 0, NULL) == NULL && recocore_members_user_int64(NULL, 0) == 0);
  CHECK(recocore_members_meaning(NULL, 0) == 0.0F && recocore_members_score(NULL, 0) == 0.0F);
  CHECK(recocore_members_rank(NULL, 0) == 0 && recocore_members_evidence(NULL, 0) == 0);
  CHECK(strcmp(recocore_text_data(NULL), "") == 0 && recocore_text_length(NULL) == 0);
  recocore_events_clear(NULL);
  recocore_events_free(NULL);
  recocore_model_free(NULL);
  recocore_list_free(NULL);
  recocore_members_free(NULL);
  recocore_text_free(NULL);

  /* Nobody has to want the error. */
  CHECK(recocore_recommend(NULL, NULL, list, NULL) == refused);
  CHECK(recocore_recommend(model, NULL, list, NULL) == RECOCORE_OK);

  recocore_list_free(list);
  recocore_events_free(events);
  recocore_model_free(model);
}

/* Ids and columns that do not fit together. */
static void test_columns(void) {
  recocore_events* events = purchases(&error);
  const char* const names[] = {"ann", NULL};
  const int64_t numbers[] = {1, 2};
  const float weights[] = {1.0F, 0.0F / 1.0F};
  const recocore_ids one = texts(names, 1);
  const recocore_ids with_null = texts(names, 2);
  const recocore_ids two = integers(numbers, 2);
  recocore_ids both = two;
  recocore_ids neither = two;
  both.texts = names;
  neither.integers = NULL;
  const recocore_ids* const bad[] = {&with_null, &both, &neither};
  for (size_t which = 0; which < 3; ++which) {
    const recocore_event_columns columns = {.size = sizeof columns, .count = 2, .users = bad[which], .items = &two};
    CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_events_add(events, &columns, &error));
  }
  recocore_event_columns columns = {.size = sizeof columns, .count = 2, .users = &two, .items = &one};
  CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_events_add(events, &columns, &error));
  columns = (recocore_event_columns){.size = sizeof columns, .count = 2, .users = &two};
  CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_events_add(events, &columns, &error));
  columns = (recocore_event_columns){.size = sizeof columns, .count = 2, .users = &two, .items = &two, .types = &one};
  CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_events_add(events, &columns, &error));
  /* The first block had text, and no weights. */
  columns = (recocore_event_columns){.size = sizeof columns, .count = 2, .users = &two, .items = &two};
  CHECK_STATUS(RECOCORE_ID_TYPE, recocore_events_add(events, &columns, &error));
  columns.weights = weights;
  CHECK_STATUS(RECOCORE_INVALID_DATA, recocore_events_add(events, &columns, &error));
  CHECK(recocore_events_count(events) == rows);

  recocore_model* model = fitted();
  recocore_list* list = NULL;
  CHECK_OK(recocore_list_new(&list, &error));
  recocore_request request = {.size = sizeof request, .user = &two};
  CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_recommend(model, &request, list, &error));
  request = (recocore_request){.size = sizeof request, .user = &one, .weights = weights};
  CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_recommend(model, &request, list, &error));
  request = (recocore_request){.size = sizeof request, .on_unknown = 3};
  CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_recommend(model, &request, list, &error));
  request = (recocore_request){.size = sizeof request, .where = "price < 80"};
  CHECK_STATUS(RECOCORE_INVALID_PARAMETER, recocore_recommend(model, &request, list, &error));
  request = (recocore_request){.size = sizeof request, .user = &one, .history = &one};
  CHECK_STATUS(RECOCORE_INVALID_PARAMETER, recocore_recommend(model, &request, list, &error));
  recocore_list_free(list);
  recocore_model_free(model);
  recocore_events_free(events);
}

static void test_settings(void) {
  static const char* const refused[] = {
      "",
      "{",
      "[]",
      "7",
      "{}",
      "{\"model\": 7}",
      "{\"model\": \"item_nkn\"}",
      "{\"model\": \"hybrid\"}",
      "{\"model\": \"item_knn\", \"parameter\": {}}",
      "{\"model\": \"item_knn\", \"k\": 10}",
      "{\"model\": \"item_knn\", \"parameters\": 10}",
      "{\"model\": \"item_knn\", \"parameter\": null}",
      "{\"model\": {}}",
      "{\"model\": \"item_knn\", \"parameters\": {\"kk\": 10}}",
      "{\"model\": \"item_knn\", \"parameters\": {\"k\": 0}}",
      "{\"model\": \"item_knn\", \"parameters\": {\"k\": -1}}",
      "{\"model\": \"item_knn\", \"parameters\": {\"k\": 1.5}}",
      "{\"model\": \"item_knn\", \"parameters\": {\"k\": \"10\"}}",
      "{\"model\": \"item_knn\", \"parameters\": {\"k\": true}}",
      "{\"model\": \"item_knn\", \"parameters\": {\"k\": [10]}}",
      "{\"model\": \"item_knn\", \"parameters\": {\"k\": {\"v\": 10}}}",
      "{\"model\": \"item_knn\", \"parameters\": {\"k\": 10, \"k\": 20}}",
      "{\"model\": \"item_knn\", \"parameters\": {}, \"parameters\": {}}",
      "{\"model\": \"item_knn\", \"parameters\": {\"similarity\": \"\"}}",
      "{\"model\": \"item_knn\", \"parameters\": {\"similarity\": \"cosin\"}}",
      "{\"model\": \"item_knn\", \"parameters\": {\"min_common\": 4294967296}}",
      "{\"model\": \"item_knn\", \"parameters\": {\"k\": 1e999}}",
      "{\"model\": \"item_knn\", \"interactions\": {\"duplicates\": \"add\"}}",
      "{\"model\": \"item_knn\", \"interactions\": {\"reference_time\": \"yesterday\"}}",
      "{\"model\": \"item_knn\", \"interactions\": {\"half_life_seconds\": 60}}",
      "{\"model\": \"item_knn\"} and more",
      "{\"model\": \"item_knn\xff\"}",
  };
  recocore_events* events = purchases(&error);
  recocore_model* model = NULL;
  for (size_t which = 0; which < sizeof refused / sizeof refused[0]; ++which) {
    const recocore_status status = recocore_fit(refused[which], events, NULL, &model, &error);
    if (status != RECOCORE_INVALID_PARAMETER || error.code != status || error.message[0] == '\0') {
      fprintf(stderr, "settings %s gave %s: %s\n", refused[which], recocore_status_name(status), error.message);
      exit(1);
    }
  }
  CHECK(model == NULL);
  CHECK_STATUS(RECOCORE_INVALID_PARAMETER,
               recocore_fit("{\"model\": \"item_knn\", \"parameters\": {\"kk\": 1}}", events, NULL, &model, &error));
  CHECK(strstr(error.message, "'kk'") != NULL && strstr(error.message, "'shrinkage'") != NULL);

  static const char* const models[] = {"popularity", "item_knn", "user_knn", "session_knn",  "rp3beta",
                                       "ease",       "als",      "slim",     "graph_filter", "sparse_ease"};
  for (size_t which = 0; which < sizeof models / sizeof models[0]; ++which) {
    char settings[128];
    CHECK(snprintf(settings, sizeof settings, "{\"model\": \"%s\", \"parameters\": {}, \"interactions\": null}",
                   models[which]) < (int)sizeof settings);
    if (strcmp(models[which], "session_knn") == 0) {
      continue; /* wants times */
    }
    recocore_info info = {.size = sizeof info};
    CHECK_OK(recocore_fit(settings, events, NULL, &model, &error));
    CHECK_OK(recocore_get_info(model, &info, &error));
    CHECK(strcmp(info.name, models[which]) == 0);
    recocore_model_free(model);
  }

  recocore_events* others = NULL;
  CHECK_STATUS(RECOCORE_INVALID_PARAMETER, recocore_events_new("{\"users\": \"u\"}", &others, &error));
  CHECK_STATUS(RECOCORE_INVALID_PARAMETER, recocore_events_new("{\"user\": 1}", &others, &error));
  CHECK_STATUS(RECOCORE_INVALID_PARAMETER, recocore_events_new("{\"time_unit\": \"h\"}", &others, &error));
  CHECK_STATUS(RECOCORE_INVALID_PARAMETER,
               recocore_events_new("{\"event_weights\": {\"view\": \"1\"}}", &others, &error));
  CHECK_STATUS(RECOCORE_INVALID_PARAMETER,
               recocore_events_new("{\"event_weights\": {\"view\": null}}", &others, &error));
  CHECK(strstr(error.message, "view") != NULL);
  CHECK(others == NULL);
  recocore_events_free(events);
}

/* Structs of an older and of a newer header. */
static void test_sizes(void) {
  recocore_model* model = fitted();
  recocore_list* list = NULL;
  CHECK_OK(recocore_list_new(&list, &error));
  struct {
    recocore_request request;
    uint64_t newer[4];
  } larger = {.request = {.size = sizeof larger, .n = 2}};
  CHECK_OK(recocore_recommend(model, &larger.request, list, &error));
  CHECK(recocore_list_size(list) == 2);
  larger.newer[3] = 1;
  CHECK_STATUS(RECOCORE_UNSUPPORTED, recocore_recommend(model, &larger.request, list, &error));
  CHECK(recocore_list_size(list) == 0);

  /* Of a caller who knows nothing behind `where`, the rest is not read. */
  recocore_request request = {.size = offsetof(recocore_request, n), .n = 1, .on_unknown = 99, .reserved = 1};
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(recocore_list_size(list) == 5);
  request.size = sizeof request;
  CHECK_STATUS(RECOCORE_UNSUPPORTED, recocore_recommend(model, &request, list, &error));
  request.reserved = 0;
  CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_recommend(model, &request, list, &error));
  request.on_unknown = 0;
  static const size_t wrong[] = {0, 1, sizeof(size_t) - 1, sizeof(recocore_request) + 1, 5000, (size_t)-8};
  for (size_t which = 0; which < sizeof wrong / sizeof wrong[0]; ++which) {
    request.size = wrong[which];
    CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_recommend(model, &request, list, &error));
  }

  /* Structs to be filled in: nothing is written behind their size, and a wrong one is seen before the work. */
  struct {
    recocore_info info;
    uint64_t newer[2];
  } filled;
  memset(&filled, 0x5A, sizeof filled);
  filled.info.size = sizeof filled;
  CHECK_OK(recocore_get_info(model, &filled.info, &error));
  CHECK(filled.info.size == sizeof filled && filled.info.users == 6 && filled.newer[0] == 0 && filled.newer[1] == 0);
  memset(&filled, 0x5A, sizeof filled);
  filled.info.size = offsetof(recocore_info, users);
  CHECK_OK(recocore_get_info(model, &filled.info, &error));
  CHECK(strcmp(filled.info.name, "item_knn") == 0 && filled.info.users == 0x5A5A5A5A5A5A5A5AU);
  recocore_events* events = purchases(&error);
  recocore_change change = {.size = 3};
  CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_update(model, events, NULL, &change, &error));
  const char* const ann = "ann";
  const recocore_ids user = texts(&ann, 1);
  recocore_receipt receipt = {.size = 0};
  CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_forget(model, &user, NULL, &receipt, &error));
  recocore_info info = {.size = sizeof info};
  CHECK_OK(recocore_get_info(model, &info, &error));
  CHECK(info.version == 1 && info.interactions == rows);
  recocore_ids of_no_size = user;
  of_no_size.size = 0;
  CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_forget(model, &of_no_size, NULL, NULL, &error));

  recocore_events_free(events);
  recocore_list_free(list);
  recocore_model_free(model);
}

/* Long messages are cut between characters; what is too small for one is left alone. */
static void test_errors(void) {
  recocore_model* model = NULL;
  recocore_events* events = purchases(&error);
  char settings[4096] = "{\"model\": \"";
  for (size_t at = strlen(settings); at < 3000; at += 2) {
    memcpy(settings + at, "\xC3\xA4", 3); /* a with dots */
  }
  strcat(settings, "\"}");
  CHECK_STATUS(RECOCORE_INVALID_PARAMETER, recocore_fit(settings, events, NULL, &model, &error));
  const size_t length = strlen(error.message);
  CHECK(length == sizeof error.message - 1 || length == sizeof error.message - 2);
  CHECK((unsigned char)error.message[length - 1] == 0xA4);

  recocore_error small = {.size = offsetof(recocore_error, message) + 5};
  memset(small.message, 'x', sizeof small.message);
  CHECK(recocore_fit("{", events, NULL, &model, &small) == RECOCORE_INVALID_PARAMETER);
  CHECK(small.code == RECOCORE_INVALID_PARAMETER && strlen(small.message) == 4 && small.message[5] == 'x');
  recocore_error untouched = {.size = offsetof(recocore_error, message), .code = 77};
  CHECK(recocore_fit("{", events, NULL, &model, &untouched) == RECOCORE_INVALID_PARAMETER);
  CHECK(untouched.code == 77);
  recocore_events_free(events);
}

struct told {
  int calls;
  int stop_after;
  char stage[64];
};

static int32_t tell(void* context, const char* stage, uint64_t done, uint64_t total) {
  struct told* told = context;
  CHECK(done <= total);
  strncpy(told->stage, stage, sizeof told->stage - 1);
  return ++told->calls > told->stop_after;
}

static void test_runs(void) {
  /* Enough that a fit is not over before it can be stopped. */
  enum { many = 60000 };
  int64_t* users = calloc(many, sizeof *users);
  int64_t* items = calloc(many, sizeof *items);
  CHECK(users != NULL && items != NULL);
  uint32_t random = 1;
  for (size_t event = 0; event < many; ++event) {
    random = random * 1664525U + 1013904223U;
    users[event] = (int64_t)(event / 30);
    items[event] = (int64_t)((random >> 8U) % 1500U);
  }
  const recocore_ids user_column = integers(users, many);
  const recocore_ids item_column = integers(items, many);
  const recocore_event_columns columns = {
      .size = sizeof columns, .count = many, .users = &user_column, .items = &item_column};
  recocore_events* events = NULL;
  recocore_model* model = NULL;
  CHECK_OK(recocore_events_new(NULL, &events, &error));
  CHECK_OK(recocore_events_add(events, &columns, &error));

  struct told told = {.stop_after = 1 << 30};
  recocore_run run = alone();
  run.progress = tell;
  run.context = &told;
  CHECK_OK(recocore_fit(item_knn, events, &run, &model, &error));
  CHECK(told.calls > 0 && told.stage[0] != '\0');
  recocore_model_free(model);

  model = NULL;
  told = (struct told){.stop_after = 0};
  CHECK_STATUS(RECOCORE_CANCELLED, recocore_fit(item_knn, events, &run, &model, &error));
  CHECK(model == NULL);

  run = alone();
  run.timeout_ms = 1;
  CHECK_STATUS(RECOCORE_DEADLINE_EXCEEDED, recocore_fit("{\"model\": \"als\", \"parameters\": {\"epochs\": 100000}}",
                                                        events, &run, &model, &error));
  run = alone();
  run.memory_limit = 1000;
  CHECK_STATUS(RECOCORE_MEMORY_LIMIT_EXCEEDED, recocore_fit(item_knn, events, &run, &model, &error));
  run = alone();
  run.size = 4;
  CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_fit(item_knn, events, &run, &model, &error));
  CHECK(model == NULL);

  /* The events are as they were. */
  CHECK(recocore_events_count(events) == many);
  CHECK_OK(recocore_fit("{\"model\": \"popularity\"}", events, NULL, &model, &error));
  recocore_model_free(model);
  recocore_events_free(events);
  free(users);
  free(items);
}

int main(void) {
  test_null();
  test_columns();
  test_settings();
  test_sizes();
  test_errors();
  test_runs();
  puts("all well");
  return 0;
}
