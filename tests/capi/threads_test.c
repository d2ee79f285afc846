/* Many threads ask one model for lists while another changes it: every list is of one whole version. */
#include <pthread.h>
#include <stdatomic.h>

#include "check.h"

enum { readers = 6, changes = 3000 };

static recocore_model* model;
static atomic_int done;
static atomic_ulong lists_made;
/* In odd versions eve has tea alone, in even ones jam as well, which is therefore not in her list. */
static void* read_lists(void* unused) {
  recocore_error error = {.size = sizeof error};
  recocore_list* list = NULL;
  const char* const eve = "eve";
  const recocore_ids user = texts(&eve, 1);
  const recocore_request request = {.size = sizeof request, .user = &user, .n = 4};
  uint64_t last = 0;
  unsigned long made = 0;
  (void)unused;
  CHECK_OK(recocore_list_new(&list, &error));
  while (!atomic_load(&done) || made < 100) {
    CHECK_OK(recocore_recommend(model, &request, list, &error));
    const uint64_t version = recocore_list_version(list);
    CHECK(version >= last);
    last = version;
    const int odd = (int)(version % 2);
    const size_t size = recocore_list_size(list);
    CHECK(size == (odd ? 4 : 3));
    int has_jam = 0;
    for (size_t entry = 0; entry < size; ++entry) {
      has_jam |= strcmp(recocore_list_item(list, entry, NULL), "jam") == 0;
    }
    CHECK(has_jam == odd);
    CHECK(strcmp(recocore_list_item(list, 0, NULL), "pot") == 0);
    ++made;
  }
  atomic_fetch_add(&lists_made, made);
  recocore_list_free(list);
  return NULL;
}

int main(void) {
  recocore_error error = {.size = sizeof error};
  recocore_events* events = purchases(&error);
  const recocore_run run = alone();
  CHECK_OK(recocore_fit("{\"model\": \"item_knn\"}", events, NULL, &model, &error));
  pthread_t threads[readers];
  for (int thread = 0; thread < readers; ++thread) {
    CHECK(pthread_create(&threads[thread], NULL, read_lists, NULL) == 0);
  }
  const char* const eve = "eve";
  const char* const jam = "jam";
  recocore_events* event = one_event(&eve, &jam, &error);
  for (int change = 0; change < changes; ++change) {
    CHECK_OK(change % 2 == 0 ? recocore_update(model, event, &run, NULL, &error)
                             : recocore_remove(model, event, &run, NULL, &error));
  }
  atomic_store(&done, 1);
  for (int thread = 0; thread < readers; ++thread) {
    CHECK(pthread_join(threads[thread], NULL) == 0);
  }
  printf("%lu lists while %d changes were made\n", atomic_load(&lists_made), changes);
  recocore_events_free(event);
  recocore_events_free(events);
  recocore_model_free(model);
  return 0;
}
