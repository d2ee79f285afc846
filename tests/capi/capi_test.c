/* The whole interface, from C11. usage: recocore_capi_test FOLDER */
#include <stddef.h>

#include "check.h"

static recocore_error error = {.size = sizeof error};

static const char* const item_knn = "{\"model\": \"item_knn\", \"parameters\": {\"k\": 10}}";

static recocore_model* fitted(const char* settings) {
  recocore_events* events = purchases(&error);
  recocore_model* model = NULL;
  const recocore_run run = alone();
  CHECK(events != NULL);
  CHECK_OK(recocore_fit(settings, events, &run, &model, &error));
  recocore_events_free(events);
  return model;
}

static recocore_list* new_list(void) {
  recocore_list* list = NULL;
  CHECK_OK(recocore_list_new(&list, &error));
  return list;
}

/* Whether an item is in a list. */
static int has(const recocore_list* list, const char* item) {
  for (size_t entry = 0; entry < recocore_list_size(list); ++entry) {
    if (strcmp(recocore_list_item(list, entry, NULL), item) == 0) {
      return 1;
    }
  }
  return 0;
}

static uint64_t version_of(recocore_model* model) {
  recocore_info info = {.size = sizeof info};
  CHECK_OK(recocore_get_info(model, &info, &error));
  return info.version;
}

static void test_library(void) {
  CHECK(strcmp(recocore_version(), "") != 0);
  CHECK(recocore_abi_version() == RECOCORE_ABI_MAJOR * 1000 + RECOCORE_ABI_MINOR);
  for (int32_t status = RECOCORE_OK; status <= RECOCORE_INTERNAL; ++status) {
    CHECK(strncmp(recocore_status_name(status), "RECOCORE_", 9) == 0);
  }
  CHECK(strcmp(recocore_status_name(-1), "unknown") == 0);
  CHECK(strcmp(recocore_status_name(RECOCORE_INTERNAL + 1), "unknown") == 0);
}

static void test_lists(void) {
  recocore_model* model = fitted(item_knn);
  recocore_list* list = new_list();
  recocore_request request = {.size = sizeof request};
  const char* const eve = "eve";
  const recocore_ids user = texts(&eve, 1);
  size_t length = 0;

  request.user = &user;
  request.n = 3;
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(recocore_list_size(list) == 3);
  CHECK(recocore_list_version(list) == 1);
  /* Two of three who have tea have a pot, one a cup. */
  CHECK(strcmp(recocore_list_item(list, 0, &length), "pot") == 0 && length == 3);
  CHECK(recocore_list_item_int64(list, 0) == 0);
  CHECK(recocore_list_tier(list, 0) == RECOCORE_TIER_COLLABORATIVE);
  CHECK(strcmp(recocore_list_item(list, 1, NULL), "cup") == 0);
  CHECK(recocore_list_score(list, 0) > recocore_list_score(list, 1));
  CHECK(recocore_list_tier(list, 2) == RECOCORE_TIER_POPULAR);
  CHECK(!has(list, "tea"));
  /* Behind the end. */
  length = 7;
  CHECK(recocore_list_item(list, 3, &length) == NULL && length == 0);
  CHECK(recocore_list_item_int64(list, 3) == 0);
  CHECK(recocore_list_score(list, 3) == 0.0F);
  CHECK(recocore_list_tier(list, (size_t)-1) == RECOCORE_TIER_NONE);

  request.include_seen = 1;
  request.n = 0; /* 10: all there are */
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(recocore_list_size(list) == 5 && has(list, "tea"));

  /* The same person without an account, by weights. */
  const char* const tea[] = {"tea", "jam", "tea"};
  const float weights[] = {1.0F, 0.25F, 1.0F};
  const recocore_ids history = texts(tea, 1);
  const recocore_ids longer = texts(tea, 3);
  request = (recocore_request){.size = sizeof request, .history = &history, .n = 1};
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(recocore_list_size(list) == 1 && has(list, "pot"));
  request.history = &longer;
  request.weights = weights;
  request.n = 10;
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(has(list, "pot") && has(list, "bun") && !has(list, "tea") && !has(list, "jam"));

  /* Filters. Ids nobody knows do no harm. */
  const char* const pot[] = {"pot", "nobody's"};
  const char* const some[] = {"cup", "bun", "nobody's"};
  const recocore_ids exclude = texts(pot, 2);
  const recocore_ids candidates = texts(some, 3);
  const recocore_ids none = {.size = sizeof none};
  request = (recocore_request){.size = sizeof request, .user = &user, .exclude = &exclude};
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(!has(list, "pot") && has(list, "cup"));
  request = (recocore_request){.size = sizeof request, .user = &user, .candidates = &candidates};
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(recocore_list_size(list) == 2 && has(list, "cup") && has(list, "bun"));
  request.candidates = &none;
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(recocore_list_size(list) == 0);

  /* Somebody unknown, and nobody. */
  const char* const zoe = "zoe";
  const recocore_ids unknown = texts(&zoe, 1);
  request = (recocore_request){.size = sizeof request, .user = &unknown, .n = 2};
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(recocore_list_size(list) == 2 && recocore_list_tier(list, 0) == RECOCORE_TIER_POPULAR);
  CHECK(strcmp(recocore_list_item(list, 0, NULL), "tea") == 0);
  request.on_unknown = RECOCORE_ON_UNKNOWN_EMPTY;
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(recocore_list_size(list) == 0);
  request.on_unknown = RECOCORE_ON_UNKNOWN_ERROR;
  CHECK_STATUS(RECOCORE_UNKNOWN_ID, recocore_recommend(model, &request, list, &error));
  CHECK(strstr(error.message, "'zoe'") != NULL || strstr(error.message, "\"zoe\"") != NULL);
  CHECK_OK(recocore_recommend(model, NULL, list, &error));
  CHECK(recocore_list_size(list) == 5);

  /* An id of a given length, without a NUL of its own. */
  const char* const evening = "evening";
  const size_t three = 3;
  recocore_ids cut = texts(&evening, 1);
  cut.lengths = &three;
  request = (recocore_request){.size = sizeof request, .user = &cut, .on_unknown = RECOCORE_ON_UNKNOWN_ERROR};
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(has(list, "pot"));

  /* Similar items. */
  CHECK_OK(recocore_similar(model, &history, NULL, list, &error));
  CHECK(recocore_list_size(list) == 2 && strcmp(recocore_list_item(list, 0, NULL), "pot") == 0);
  CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_similar(model, &history, &request, list, &error));
  CHECK(recocore_list_size(list) == 0);

  recocore_list_free(list);
  recocore_model_free(model);
}

static void test_integer_ids(void) {
  const int64_t users[] = {1, 1, 2, 2, -3};
  const int64_t items[] = {10, 20, 10, 20, 10};
  const int64_t times[] = {0, 1, 2, 3, 4};
  const recocore_ids user_column = integers(users, 5);
  const recocore_ids item_column = integers(items, 5);
  const recocore_ids last = integers(users + 4, 1);
  const recocore_event_columns columns = {
      .size = sizeof columns, .count = 5, .users = &user_column, .items = &item_column, .times = times};
  recocore_events* events = NULL;
  recocore_model* model = NULL;
  recocore_list* list = new_list();
  recocore_text* text = NULL;
  CHECK_OK(recocore_events_new("{}", &events, &error));
  CHECK_OK(recocore_events_add(events, &columns, &error));
  CHECK(recocore_events_count(events) == 5);
  CHECK_OK(recocore_fit("{\"model\": \"popularity\", \"parameters\": {\"kind\": \"all_time\"}}", events, NULL, &model,
                        &error));
  const recocore_request request = {.size = sizeof request, .user = &last};
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(recocore_list_size(list) == 1);
  CHECK(recocore_list_item_int64(list, 0) == 20);
  CHECK(strcmp(recocore_list_item(list, 0, NULL), "20") == 0);
  CHECK_OK(recocore_export_user(model, &last, &text, &error));
  CHECK(strcmp(recocore_text_data(text),
               "{\"user\": -3, \"events\": [{\"item\": 10, \"time\": \"1970-01-01T00:00:00.000004Z\"}]}") == 0);
  CHECK(recocore_text_length(text) == strlen(recocore_text_data(text)));

  const char* const eve = "eve";
  const recocore_ids wrong = texts(&eve, 1);
  const recocore_request wrong_request = {.size = sizeof request, .user = &wrong};
  CHECK_STATUS(RECOCORE_ID_TYPE, recocore_recommend(model, &wrong_request, list, &error));

  recocore_info info = {.size = sizeof info};
  CHECK_OK(recocore_get_info(model, &info, &error));
  CHECK(strcmp(info.name, "popularity") == 0 && info.users == 3 && info.items == 2 && info.interactions == 5);
  CHECK(info.user_ids_are_text == 0 && info.item_ids_are_text == 0 && info.serving_only == 0 && info.version == 1);

  recocore_change change = {.size = sizeof change};
  CHECK_OK(recocore_drop_before(model, 2, NULL, &change, &error));
  CHECK(change.events_removed == 2 && change.users_changed == 1 && change.version == 2);
  recocore_text_free(text);
  recocore_list_free(list);
  recocore_model_free(model);
  recocore_events_free(events);
}

/* Events without consent are left out, wherever they come from. */
static void test_consent(void) {
  const char* const people[] = {"ann", "ann", "bob", "cid"};
  const char* const things[] = {"tea", "pot", "tea", "jam"};
  const uint8_t flags[] = {1, 0, 1, 0};
  const uint8_t wrong[] = {1, 0, 2, 0};
  const recocore_ids users = texts(people, 4);
  const recocore_ids items = texts(things, 4);
  const recocore_ids ann = texts(people, 1);
  recocore_event_columns columns = {.size = sizeof columns, .count = 4, .users = &users, .items = &items};
  for (int by_settings = 0; by_settings < 2; ++by_settings) {
    recocore_events* events = NULL;
    recocore_model* model = NULL;
    recocore_text* text = NULL;
    CHECK_OK(recocore_events_new(by_settings ? "{\"consent\": \"agreed\"}" : NULL, &events, &error));
    if (by_settings) {
      columns.consent = NULL;
      CHECK_STATUS(RECOCORE_INVALID_PARAMETER, recocore_events_add(events, &columns, &error));
      CHECK(strstr(error.message, "consent") != NULL);
    }
    columns.consent = wrong;
    CHECK_STATUS(RECOCORE_INVALID_DATA, recocore_events_add(events, &columns, &error));
    CHECK(strstr(error.message, "row 2") != NULL);
    CHECK(recocore_events_count(events) == 0);
    columns.consent = flags;
    CHECK_OK(recocore_events_add(events, &columns, &error));
    CHECK(recocore_events_count(events) == 2);
    CHECK_OK(recocore_events_add(events, &columns, &error));
    CHECK(recocore_events_count(events) == 4);
    columns.consent = NULL; /* another block, with other columns */
    CHECK_STATUS(by_settings ? RECOCORE_INVALID_PARAMETER : RECOCORE_INVALID_DATA,
                 recocore_events_add(events, &columns, &error));
    CHECK_OK(recocore_fit(item_knn, events, NULL, &model, &error));
    CHECK(recocore_events_count(events) == 4);
    recocore_info info = {.size = sizeof info};
    CHECK_OK(recocore_get_info(model, &info, &error));
    CHECK(info.users == 2 && info.items == 1 && info.interactions == 2);
    CHECK_OK(recocore_export_user(model, &ann, &text, &error));
    CHECK(strstr(recocore_text_data(text), "tea") != NULL && strstr(recocore_text_data(text), "pot") == NULL);
    recocore_events_clear(events);
    CHECK(recocore_events_count(events) == 0);
    columns.consent = flags;
    CHECK_OK(recocore_events_add(events, &columns, &error));
    CHECK(recocore_events_count(events) == 2);
    recocore_text_free(text);
    recocore_model_free(model);
    recocore_events_free(events);
  }

  /* Programs compiled before there was the field. */
  recocore_events* events = NULL;
  columns.size = offsetof(recocore_event_columns, consent);
  CHECK_OK(recocore_events_new(NULL, &events, &error));
  CHECK_OK(recocore_events_add(events, &columns, &error));
  CHECK(recocore_events_count(events) == 4);
  recocore_events_free(events);
}

static void test_event_types(void) {
  const char* const people[] = {"ann", "ann", "bob"};
  const char* const things[] = {"tea", "pot", "tea"};
  const char* kinds[] = {"view", "purchase", "view"};
  const recocore_ids users = texts(people, 3);
  const recocore_ids items = texts(things, 3);
  const recocore_ids types = texts(kinds, 3);
  const float weights[] = {1.0F, 2.0F, 1.0F};
  const recocore_ids ann = texts(people, 1);
  recocore_event_columns columns = {
      .size = sizeof columns, .count = 3, .users = &users, .items = &items, .weights = weights, .types = &types};
  recocore_events* events = NULL;
  recocore_model* model = NULL;
  recocore_text* text = NULL;
  CHECK_OK(recocore_events_new("{\"event_weights\": {\"view\": 1, \"purchase\": 8.5}}", &events, &error));
  CHECK_OK(recocore_events_add(events, &columns, &error));
  CHECK_OK(recocore_fit("{\"model\": \"item_knn\"}", events, NULL, &model, &error));
  CHECK_OK(recocore_export_user(model, &ann, &text, &error));
  CHECK(strcmp(recocore_text_data(text),
               "{\"user\": \"ann\", \"events\": [{\"item\": \"pot\", \"weight\": 17.0}, "
               "{\"item\": \"tea\", \"weight\": 1.0}]}") == 0);
  /* Used, so nothing can be added until they are cleared. */
  CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_events_add(events, &columns, &error));
  recocore_events_clear(events);
  CHECK(recocore_events_count(events) == 0);
  CHECK_OK(recocore_events_add(events, &columns, &error));
  recocore_events_clear(events);
  kinds[0] = "steal";
  CHECK_STATUS(RECOCORE_INVALID_DATA, recocore_events_add(events, &columns, &error));
  CHECK(recocore_events_count(events) == 0);
  recocore_text_free(text);
  recocore_model_free(model);
  recocore_events_free(events);
}

static void test_changes(void) {
  recocore_model* model = fitted(item_knn);
  recocore_list* list = new_list();
  recocore_change change = {.size = sizeof change};
  const char* const fay = "fay";
  const char* const tea = "tea";
  const char* const bun = "bun";
  const recocore_ids user = texts(&fay, 1);
  const recocore_ids items = texts(&bun, 1);
  const recocore_request request = {.size = sizeof request, .user = &user, .n = 10};

  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(strcmp(recocore_list_item(list, 0, NULL), "bun") == 0);

  /* Fay buys tea: of what goes with it, more people have a pot. */
  recocore_events* events = one_event(&fay, &tea, &error);
  CHECK_OK(recocore_update(model, events, NULL, &change, &error));
  CHECK(change.version == 2 && change.events_added == 1 && change.events_removed == 0 && change.users_changed == 1);
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(recocore_list_version(list) == 2 && !has(list, "tea"));
  CHECK(recocore_list_tier(list, 1) == RECOCORE_TIER_COLLABORATIVE && has(list, "pot"));

  CHECK_OK(recocore_retire(model, &items, &change, &error));
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(!has(list, "bun"));
  CHECK_OK(recocore_restore(model, &items, NULL, &error));
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(has(list, "bun"));
  const recocore_ids nothing = texts(&fay, 1); /* no such item */
  CHECK_STATUS(RECOCORE_UNKNOWN_ID, recocore_retire(model, &nothing, NULL, &error));

  /* And gives it back. Only once. */
  CHECK_OK(recocore_remove(model, events, NULL, &change, &error));
  CHECK(change.events_removed == 1);
  const uint64_t before = version_of(model);
  CHECK_STATUS(RECOCORE_INVALID_DATA, recocore_remove(model, events, NULL, &change, &error));
  CHECK(version_of(model) == before);
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  CHECK(strcmp(recocore_list_item(list, 0, NULL), "bun") == 0);

  /* Exchanged for a pot, in one version. */
  const char* const jam = "jam";
  const char* const pot = "pot";
  recocore_events* returned = one_event(&fay, &jam, &error);
  recocore_events* bought = one_event(&fay, &pot, &error);
  CHECK_OK(recocore_replace(model, returned, bought, NULL, &change, &error));
  CHECK(change.version == before + 1 && change.events_added == 1 && change.events_removed == 1);

  /* Fay leaves. */
  recocore_receipt receipt = {.size = sizeof receipt};
  CHECK_OK(recocore_forget(model, &user, NULL, &receipt, &error));
  CHECK(receipt.known && receipt.events == 1 && receipt.interactions == 1);
  CHECK(receipt.version_after == receipt.version_before + 1);
  CHECK(strlen(receipt.digest_before) == 32 && strlen(receipt.digest_after) == 32);
  CHECK(strcmp(receipt.digest_before, receipt.digest_after) != 0);
  CHECK_OK(recocore_forget(model, &user, NULL, &receipt, &error));
  CHECK(!receipt.known && receipt.events == 0 && receipt.version_after == receipt.version_before);
  recocore_text* text = NULL;
  CHECK_OK(recocore_export_user(model, &user, &text, &error));
  CHECK(strcmp(recocore_text_data(text), "{\"user\": \"fay\", \"events\": []}") == 0);
  recocore_text_free(text);

  /* Others come, from a model of their own. */
  recocore_model* other = NULL;
  const char* const gil = "gil";
  recocore_events* guests = one_event(&gil, &tea, &error);
  CHECK_OK(recocore_fit(item_knn, guests, NULL, &other, &error));
  CHECK_OK(recocore_merge(model, other, NULL, &change, &error));
  CHECK(change.events_added == 1);
  CHECK_STATUS(RECOCORE_INVALID_DATA, recocore_merge(model, other, NULL, &change, &error));
  CHECK(strstr(error.message, "gil") != NULL);
  recocore_model_free(other);
  CHECK_OK(recocore_fit("{\"model\": \"popularity\"}", guests, NULL, &other, &error));
  CHECK_STATUS(RECOCORE_INVALID_PARAMETER, recocore_merge(model, other, NULL, &change, &error));

  recocore_model_free(other);
  recocore_events_free(guests);
  recocore_events_free(bought);
  recocore_events_free(returned);
  recocore_events_free(events);
  recocore_list_free(list);
  recocore_model_free(model);
}

static void test_audience(void) {
  recocore_model* model = fitted(item_knn);
  recocore_members* members = NULL;
  const char* const pot = "pot";
  const char* const eve = "eve";
  const recocore_ids item = texts(&pot, 1);
  const recocore_ids chosen = texts(&eve, 1);
  recocore_audience_options options = {.size = sizeof options, .ranks = 1};
  size_t length = 0;
  CHECK_OK(recocore_audience(model, &item, &options, NULL, &members, &error));
  /* Of those without a pot, who has tea: cid and eve. To eve it is the first of her list. */
  CHECK(recocore_members_size(members) == 2);
  for (size_t entry = 0; entry < 2; ++entry) {
    const char* user = recocore_members_user(members, entry, &length);
    CHECK((strcmp(user, "cid") == 0 || strcmp(user, "eve") == 0) && length == 3);
    CHECK(recocore_members_meaning(members, entry) > 0.0F && recocore_members_meaning(members, entry) <= 1.0F);
    CHECK(recocore_members_score(members, entry) > 0.0F);
    CHECK(recocore_members_rank(members, entry) == 1);
    CHECK(recocore_members_evidence(members, entry) == (strcmp(user, "cid") == 0 ? 2 : 1));
    CHECK(recocore_members_user_int64(members, entry) == 0);
  }
  CHECK(recocore_members_meaning(members, 0) >= recocore_members_meaning(members, 1));
  CHECK(recocore_members_user(members, 2, &length) == NULL && length == 0);
  CHECK(recocore_members_rank(members, 2) == 0 && recocore_members_evidence(members, 2) == 0);
  CHECK(recocore_members_meaning(members, 2) == 0.0F && recocore_members_score(members, 2) == 0.0F);
  recocore_members_free(members);

  options = (recocore_audience_options){.size = sizeof options, .users = &chosen};
  CHECK_OK(recocore_audience(model, &item, &options, NULL, &members, &error));
  CHECK(recocore_members_size(members) == 1 && recocore_members_rank(members, 0) == 0);
  recocore_members_free(members);
  options = (recocore_audience_options){.size = sizeof options, .min_history = 2};
  CHECK_OK(recocore_audience(model, &item, &options, NULL, &members, &error));
  CHECK(recocore_members_size(members) == 1 && strcmp(recocore_members_user(members, 0, NULL), "cid") == 0);
  recocore_members_free(members);

  members = NULL;
  CHECK_STATUS(RECOCORE_UNKNOWN_ID, recocore_audience(model, &chosen, NULL, NULL, &members, &error));
  options = (recocore_audience_options){.size = sizeof options, .where = "age > 18"};
  CHECK_STATUS(RECOCORE_INVALID_PARAMETER, recocore_audience(model, &item, &options, NULL, &members, &error));
  CHECK(members == NULL);
  recocore_model_free(model);
}

static void test_files(const char* folder) {
  char path[4096];
  char serving[4096];
  CHECK(snprintf(path, sizeof path, "%s/capi_test.reco", folder) < (int)sizeof path);
  CHECK(snprintf(serving, sizeof serving, "%s/capi_test_serving.reco", folder) < (int)sizeof serving);
  recocore_model* model = fitted(item_knn);
  const char* const bun = "bun";
  const recocore_ids retired = texts(&bun, 1);
  CHECK_OK(recocore_retire(model, &retired, NULL, &error));
  recocore_save_options save = {.size = sizeof save, .sequence = 77};
  CHECK_OK(recocore_save(model, path, &save, &error));
  save = (recocore_save_options){.size = sizeof save, .serving_only = 1};
  CHECK_OK(recocore_save(model, serving, &save, &error));
  recocore_model_free(model);

  recocore_list* list = new_list();
  const char* const fay = "fay";
  const char* const jam = "jam";
  const recocore_ids user = texts(&fay, 1);
  const recocore_ids history = texts(&jam, 1);
  recocore_info info = {.size = sizeof info};
  for (int32_t way = 0; way < 4; ++way) {
    const recocore_open_options open = {.size = sizeof open, .in_memory = way & 1, .verify = way >> 1};
    const recocore_request request = {.size = sizeof request, .user = &user, .on_unknown = RECOCORE_ON_UNKNOWN_ERROR};
    CHECK_OK(recocore_open(path, &open, &model, &error));
    CHECK_OK(recocore_get_info(model, &info, &error));
    CHECK(strcmp(info.name, "item_knn") == 0 && info.sequence == 77 && info.users == 6 && info.serving_only == 0);
    CHECK(info.user_ids_are_text && info.item_ids_are_text && info.interactions == rows);
    CHECK_OK(recocore_recommend(model, &request, list, &error));
    CHECK(!has(list, "bun") && has(list, "tea"));
    recocore_events* events = one_event(&fay, &bun, &error);
    CHECK_OK(recocore_update(model, events, NULL, NULL, &error));
    recocore_events_free(events);
    recocore_model_free(model);
  }

  CHECK_OK(recocore_open(serving, NULL, &model, &error));
  CHECK_OK(recocore_get_info(model, &info, &error));
  CHECK(info.serving_only && info.users == 0);
  const recocore_request visitor = {.size = sizeof visitor, .history = &history};
  CHECK_OK(recocore_recommend(model, &visitor, list, &error));
  CHECK(has(list, "tea") && !has(list, "bun"));
  recocore_events* events = one_event(&fay, &bun, &error);
  CHECK_STATUS(RECOCORE_INVALID_PARAMETER, recocore_update(model, events, NULL, NULL, &error));
  recocore_events_free(events);
  recocore_model_free(model);

  model = NULL;
  CHECK_STATUS(RECOCORE_IO, recocore_open("/nowhere/at/all.reco", NULL, &model, &error));
  CHECK_STATUS(RECOCORE_IO, recocore_open(folder, NULL, &model, &error));
  CHECK_STATUS(RECOCORE_INVALID_ARGUMENT, recocore_open("", NULL, &model, &error));
  CHECK(model == NULL);
  model = fitted(item_knn);
  CHECK_STATUS(RECOCORE_IO, recocore_save(model, "/nowhere/at/all.reco", NULL, &error));
  recocore_model_free(model);
  recocore_list_free(list);
}

/* Every byte of a small file changed, and every length: a clean error, or a model that serves. */
static void test_hostile_files(const char* folder) {
  char path[4096];
  char broken[4096];
  CHECK(snprintf(path, sizeof path, "%s/capi_test.reco", folder) < (int)sizeof path);
  CHECK(snprintf(broken, sizeof broken, "%s/capi_test_broken.reco", folder) < (int)sizeof broken);
  FILE* file = fopen(path, "rb");
  CHECK(file != NULL);
  unsigned char bytes[16384];
  const size_t size = fread(bytes, 1, sizeof bytes, file);
  CHECK(size > 0 && size < sizeof bytes && fclose(file) == 0);
  recocore_list* list = new_list();
  const char* const jam = "jam";
  const recocore_ids history = texts(&jam, 1);
  const recocore_request request = {.size = sizeof request, .history = &history};
  size_t refused = 0;
  for (size_t step = 0; step < 2 * size; step += 3) {
    const size_t at = step % size;
    const int truncate = step >= size;
    bytes[at] = (unsigned char)(bytes[at] ^ 0x55U);
    file = fopen(broken, "wb");
    CHECK(file != NULL);
    CHECK(fwrite(bytes, 1, truncate ? at : size, file) == (truncate ? at : size) && fclose(file) == 0);
    bytes[at] = (unsigned char)(bytes[at] ^ 0x55U);
    recocore_model* model = NULL;
    const recocore_status status = recocore_open(broken, NULL, &model, &error);
    CHECK(status == RECOCORE_OK || status == RECOCORE_INVALID_DATA || status == RECOCORE_IO);
    CHECK(status == error.code && (status == RECOCORE_OK) == (model != NULL));
    if (model == NULL) {
      ++refused;
    } else {
      const recocore_status answer = recocore_recommend(model, &request, list, &error);
      CHECK(answer == RECOCORE_OK || answer == RECOCORE_INVALID_DATA);
      recocore_model_free(model);
    }
  }
  CHECK(refused > size / 4);
  recocore_list_free(list);
  CHECK(remove(broken) == 0 && remove(path) == 0);
}

int main(int count, char** arguments) {
  CHECK(count == 2);
  test_library();
  test_lists();
  test_integer_ids();
  test_consent();
  test_event_types();
  test_changes();
  test_audience();
  test_files(arguments[1]);
  test_hostile_files(arguments[1]);
  puts("all well");
  return 0;
}
