/* What the C programs of this folder share: checks that say where, and events that are small and known. */
#ifndef RECOCORE_TESTS_CHECK_H
#define RECOCORE_TESTS_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <recocore/recocore.h>

#define CHECK(condition)                                                                  \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                            \
    }                                                                                     \
  } while (0)

/* That a call gives a status, and that its error says the same. */
#define CHECK_STATUS(expected, call)                                                                               \
  do {                                                                                                             \
    const recocore_status got_ = (call);                                                                           \
    if (got_ != (expected) || error.code != got_ || (got_ == RECOCORE_OK) != (error.message[0] == '\0')) {         \
      fprintf(stderr, "%s:%d: expected %s, got %s (%s): %s\n  %s\n", __FILE__, __LINE__,                           \
              recocore_status_name(expected), recocore_status_name(got_), recocore_status_name(error.code), #call, \
              error.message);                                                                                      \
      exit(1);                                                                                                     \
    }                                                                                                              \
  } while (0)
#define CHECK_OK(call) CHECK_STATUS(RECOCORE_OK, call)

static inline recocore_ids texts(const char* const* ids, size_t count) {
  recocore_ids result = {sizeof result, count, NULL, ids, NULL};
  return result;
}

static inline recocore_ids integers(const int64_t* ids, size_t count) {
  recocore_ids result = {sizeof result, count, ids, NULL, NULL};
  return result;
}

/* Ten rows: who buys tea buys a pot. */
static const char* const buyers[] = {"ann", "ann", "bob", "bob", "cid", "cid", "dan", "dan", "eve", "fay"};
static const char* const goods[] = {"tea", "pot", "tea", "pot", "tea", "cup", "jam", "bun", "tea", "jam"};
enum { rows = sizeof buyers / sizeof buyers[0] };

static inline recocore_status add_purchases(recocore_events* events, recocore_error* error) {
  const recocore_ids users = texts(buyers, rows);
  const recocore_ids items = texts(goods, rows);
  recocore_event_columns columns = {.size = sizeof columns};
  columns.count = rows;
  columns.users = &users;
  columns.items = &items;
  return recocore_events_add(events, &columns, error);
}

/* NULL when it failed. */
static inline recocore_events* purchases(recocore_error* error) {
  recocore_events* events = NULL;
  if (recocore_events_new(NULL, &events, error) == RECOCORE_OK && add_purchases(events, error) != RECOCORE_OK) {
    recocore_events_free(events);
    events = NULL;
  }
  return events;
}

/* One thread: everything happens on the caller's. */
static inline recocore_run alone(void) {
  recocore_run run = {.size = sizeof run};
  run.threads = 1;
  return run;
}

static inline recocore_events* one_event(const char* const* user, const char* const* item, recocore_error* error) {
  recocore_events* events = NULL;
  const recocore_ids users = texts(user, 1);
  const recocore_ids items = texts(item, 1);
  recocore_event_columns columns = {.size = sizeof columns};
  columns.count = 1;
  columns.users = &users;
  columns.items = &items;
  if (recocore_events_new(NULL, &events, error) == RECOCORE_OK &&
      recocore_events_add(events, &columns, error) != RECOCORE_OK) {
    recocore_events_free(events);
    events = NULL;
  }
  return events;
}

#endif
