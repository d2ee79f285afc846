/* A shop that knows who bought what: bakes a model file, opens it as a server would, asks for lists, and takes in a new
 * purchase. usage: shop FILE.reco */
#include <stdio.h>
#include <stdlib.h>

#include <recocore/recocore.h>

static recocore_error error = {.size = sizeof error};

/* One handler for all calls: the message says what was wrong. */
static void must(recocore_status status) {
  if (status != RECOCORE_OK) {
    fprintf(stderr, "%s: %s\n", recocore_status_name(status), error.message);
    exit(1);
  }
}

static recocore_ids texts(const char* const* ids, size_t count) {
  return (recocore_ids){.size = sizeof(recocore_ids), .count = count, .texts = ids};
}

static recocore_events* purchases(const char* const* customers, const char* const* articles, size_t count) {
  const recocore_ids users = texts(customers, count);
  const recocore_ids items = texts(articles, count);
  const recocore_event_columns columns = {.size = sizeof columns, .count = count, .users = &users, .items = &items};
  recocore_events* events = NULL;
  must(recocore_events_new(NULL, &events, &error));
  must(recocore_events_add(events, &columns, &error));
  return events;
}

static void show(const char* title, const recocore_list* list) {
  printf("%s\n", title);
  for (size_t entry = 0; entry < recocore_list_size(list); ++entry) {
    printf("  %-8s %.3f\n", recocore_list_item(list, entry, NULL), (double)recocore_list_score(list, entry));
  }
}

/* What cron does at night. */
static void bake(const char* path) {
  static const char* const customers[] = {"ann", "ann", "ann", "bob", "bob", "cid", "cid", "cid", "dan", "dan", "eve"};
  static const char* const articles[] = {"tea",  "milk", "jam",    "tea",  "milk", "coffee",
                                         "milk", "rusk", "coffee", "rusk", "tea"};
  recocore_events* events = purchases(customers, articles, sizeof customers / sizeof customers[0]);
  recocore_model* model = NULL;
  must(recocore_fit("{\"model\": \"item_knn\", \"parameters\": {\"k\": 20}}", events, NULL, &model, &error));
  must(recocore_save(model, path, NULL, &error));
  recocore_model_free(model);
  recocore_events_free(events);
}

int main(int count, char** arguments) {
  const char* path = count > 1 ? arguments[1] : "shop.reco";
  bake(path);

  /* What a server does: one model for all threads, one list for each. */
  recocore_model* model = NULL;
  recocore_list* list = NULL;
  must(recocore_open(path, NULL, &model, &error));
  must(recocore_list_new(&list, &error));

  const char* const eve = "eve";
  const recocore_ids user = texts(&eve, 1);
  recocore_request request = {.size = sizeof request, .user = &user, .n = 3};
  must(recocore_recommend(model, &request, list, &error));
  show("For eve:", list);

  const char* const basket[] = {"coffee", "milk"};
  const recocore_ids history = texts(basket, 2);
  const recocore_request visitor = {.size = sizeof visitor, .history = &history, .n = 3};
  must(recocore_recommend(model, &visitor, list, &error));
  show("For a visitor with coffee and milk:", list);

  const char* const coffee = "coffee";
  recocore_events* purchase = purchases(&eve, &coffee, 1);
  recocore_change change = {.size = sizeof change};
  must(recocore_update(model, purchase, NULL, &change, &error));
  must(recocore_recommend(model, &request, list, &error));
  printf("Eve buys coffee: version %llu.\n", (unsigned long long)change.version);
  show("For eve:", list);

  recocore_events_free(purchase);
  recocore_list_free(list);
  recocore_model_free(model);
  return 0;
}
