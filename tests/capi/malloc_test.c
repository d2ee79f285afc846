/* Memory that runs out: each function of the interface with its first, second, third ... allocation failing, alone and
 * with all that follow, until there is none left to fail. It must say so, or get by without; what it worked on must
 * serve on, do the same thing when there is memory again, and leave nothing behind.
 *
 * usage: recocore_capi_malloc_test FOLDER short|long */
#include <dirent.h>
#include <stdatomic.h>
#include <sys/stat.h>

#include "arrow_stream.h"
#include "check.h"

/* ---- The functions of the C library, which glibc lets a program replace --------------------------------------- */

void* __libc_malloc(size_t size);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t size);
void* __libc_memalign(size_t alignment, size_t size);
void __libc_free(void* memory);
void* memalign(size_t alignment, size_t size);
int posix_memalign(void** memory, size_t alignment, size_t size);

static atomic_long held;    /* allocations that were not freed */
static atomic_long asked;   /* since the last `arm` */
static atomic_long fail_at; /* 0: none fails */
static atomic_long failed;  /* since the last `arm` */
static atomic_int fail_on;  /* not 0: all from there on */

static int fails(void) {
  const long at = atomic_load(&fail_at);
  if (at == 0) {
    return 0;
  }
  const long number = atomic_fetch_add(&asked, 1) + 1;
  if (number == at || (number > at && atomic_load(&fail_on))) {
    atomic_fetch_add(&failed, 1);
    return 1;
  }
  return 0;
}

static void* counted(void* memory) {
  if (memory != NULL) {
    atomic_fetch_add(&held, 1);
  }
  return memory;
}

void* malloc(size_t size) { return fails() ? NULL : counted(__libc_malloc(size)); }
void* calloc(size_t count, size_t size) { return fails() ? NULL : counted(__libc_calloc(count, size)); }
void* memalign(size_t alignment, size_t size) { return fails() ? NULL : counted(__libc_memalign(alignment, size)); }
void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }
int posix_memalign(void** memory, size_t alignment, size_t size) {
  void* made = memalign(alignment, size);
  if (made == NULL) {
    return 12; /* ENOMEM */
  }
  *memory = made;
  return 0;
}
void free(void* memory) {
  if (memory != NULL) {
    atomic_fetch_sub(&held, 1);
    __libc_free(memory);
  }
}
void* realloc(void* memory, size_t size) {
  if (memory == NULL) {
    return malloc(size);
  }
  if (size == 0) {
    free(memory);
    return NULL;
  }
  return fails() ? NULL : __libc_realloc(memory, size);
}

static void arm(long at, int all) {
  atomic_store(&asked, 0);
  atomic_store(&failed, 0);
  atomic_store(&fail_on, all);
  atomic_store(&fail_at, at);
}
/* How many failed. */
static long disarm(void) {
  atomic_store(&fail_at, 0);
  return atomic_load(&failed);
}

/* ---- What is tried -------------------------------------------------------------------------------------------- */

static recocore_error error = {.size = sizeof error};
static const recocore_run one_thread = {.size = sizeof one_thread, .threads = 1};
static const char* settings;
static char folder[2048];
static char path[2100];   /* of the model there is before */
static char target[2100]; /* of what is saved */
static const char* const fay = "fay";
static const char* const eve = "eve";
static const char* const tea = "tea";
static const char* const jam = "jam";
static const char* const bun = "bun";
static const char* const cup = "cup"; /* retired before */

struct world {
  recocore_events* events;    /* of the fit */
  recocore_events* bought;    /* fay, tea */
  recocore_events* returned;  /* fay, jam */
  recocore_events* consented; /* of the fit, but two */
  recocore_model* model;
  recocore_model* guests; /* somebody else's */
  recocore_list* list;
  /* What an operation makes. */
  recocore_events* made_events;
  recocore_model* made_model;
  recocore_model* made_consented;
  recocore_list* made_list;
  recocore_members* members;
  recocore_text* text;
};

/* The purchases, one a microsecond. */
static recocore_status add_timed(recocore_events* events, const uint8_t* consent) {
  static const int64_t times[rows] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  const recocore_ids users = texts(buyers, rows);
  const recocore_ids items = texts(goods, rows);
  const recocore_event_columns columns = {
      .size = sizeof columns, .count = rows, .users = &users, .items = &items, .times = times, .consent = consent};
  return recocore_events_add(events, &columns, &error);
}

static recocore_events* timed_event(const char* const* user, const char* const* item, int64_t time) {
  const recocore_ids users = texts(user, 1);
  const recocore_ids items = texts(item, 1);
  const recocore_event_columns columns = {
      .size = sizeof columns, .count = 1, .users = &users, .items = &items, .times = &time};
  recocore_events* events = NULL;
  CHECK_OK(recocore_events_new(NULL, &events, &error));
  CHECK_OK(recocore_events_add(events, &columns, &error));
  return events;
}

static recocore_status try_events(struct world* world) {
  const recocore_status status = recocore_events_new("{\"event_weights\": {}, \"user\": \"somebody with a long name\"}",
                                                     &world->made_events, &error);
  return status == RECOCORE_OK ? add_timed(world->made_events, NULL) : status;
}
/* Some are left out, which is done when the events are used. */
static recocore_status try_fit_consented(struct world* world) {
  return recocore_fit("{\"model\": \"popularity\"}", world->consented, &one_thread, &world->made_consented, &error);
}
static recocore_status try_arrow(struct world* world) {
  struct ArrowArrayStream stream = arrow_stream();
  recocore_status status = RECOCORE_OK;
  if (world->made_events == NULL) {
    status = recocore_events_new(NULL, &world->made_events, &error);
  }
  if (status == RECOCORE_OK) {
    status = recocore_events_add_arrow(world->made_events, &stream, &error);
    CHECK(stream.release == NULL);
    CHECK(recocore_events_count(world->made_events) == (status == RECOCORE_OK ? arrow_rows : 0));
  }
  return status;
}
static recocore_status try_fit(struct world* world) {
  return recocore_fit(settings, world->events, &one_thread, &world->made_model, &error);
}
static recocore_status try_open(struct world* world) { return recocore_open(path, NULL, &world->made_model, &error); }
static recocore_status try_open_verified(struct world* world) {
  const recocore_open_options options = {.size = sizeof options, .in_memory = 1, .verify = 1};
  return recocore_open(path, &options, &world->made_model, &error);
}
static recocore_status try_save(struct world* world) { return recocore_save(world->model, target, NULL, &error); }
static recocore_status try_save_serving(struct world* world) {
  const recocore_save_options options = {.size = sizeof options, .serving_only = 1, .histories = 1};
  return recocore_save(world->model, target, &options, &error);
}
static recocore_status try_info(struct world* world) {
  recocore_info info = {.size = sizeof info};
  return recocore_get_info(world->model, &info, &error);
}
static recocore_status try_list(struct world* world) { return recocore_list_new(&world->made_list, &error); }
static recocore_status try_recommend(struct world* world) {
  const recocore_ids user = texts(&eve, 1);
  const recocore_ids exclude = texts(&bun, 1);
  const recocore_request request = {.size = sizeof request, .user = &user, .exclude = &exclude};
  return recocore_recommend(world->model, &request, world->list, &error);
}
static recocore_status try_history(struct world* world) {
  const char* const items[] = {"jam", "tea"};
  const char* const some[] = {"pot", "bun", "cup"};
  const float weights[] = {1.0F, 2.0F};
  const recocore_ids history = texts(items, 2);
  const recocore_ids candidates = texts(some, 3);
  const recocore_request request = {
      .size = sizeof request, .history = &history, .weights = weights, .candidates = &candidates};
  return recocore_recommend(world->model, &request, world->list, &error);
}
static recocore_status try_similar(struct world* world) {
  const recocore_ids item = texts(&tea, 1);
  const recocore_status status = recocore_similar(world->model, &item, NULL, world->list, &error);
  if (status != RECOCORE_INVALID_PARAMETER) {
    return status;
  }
  error.code = RECOCORE_OK; /* not all models know what is similar */
  error.message[0] = '\0';
  return RECOCORE_OK;
}
static recocore_status try_audience(struct world* world) {
  const recocore_ids item = texts(&tea, 1);
  const recocore_audience_options options = {.size = sizeof options, .ranks = 1};
  return recocore_audience(world->model, &item, &options, &one_thread, &world->members, &error);
}
static recocore_status try_update(struct world* world) {
  return recocore_update(world->model, world->bought, &one_thread, NULL, &error);
}
static recocore_status try_remove(struct world* world) {
  return recocore_remove(world->model, world->returned, &one_thread, NULL, &error);
}
static recocore_status try_replace(struct world* world) {
  return recocore_replace(world->model, world->returned, world->bought, &one_thread, NULL, &error);
}
static recocore_status try_forget(struct world* world) {
  const recocore_ids user = texts(&fay, 1);
  recocore_receipt receipt = {.size = sizeof receipt};
  return recocore_forget(world->model, &user, &one_thread, &receipt, &error);
}
static recocore_status try_retire(struct world* world) {
  const recocore_ids items = texts(&bun, 1);
  return recocore_retire(world->model, &items, NULL, &error);
}
static recocore_status try_restore(struct world* world) {
  const recocore_ids items = texts(&cup, 1);
  return recocore_restore(world->model, &items, NULL, &error);
}
static recocore_status try_drop_before(struct world* world) {
  return recocore_drop_before(world->model, 5, &one_thread, NULL, &error);
}
static recocore_status try_merge(struct world* world) {
  return recocore_merge(world->model, world->guests, &one_thread, NULL, &error);
}
static recocore_status try_export(struct world* world) {
  const recocore_ids user = texts(&eve, 1);
  return recocore_export_user(world->model, &user, &world->text, &error);
}

static const struct operation {
  const char* name;
  recocore_status (*run)(struct world* world);
} operations[] = {
    {"events", try_events},
    {"fit", try_fit},
    {"open", try_open},
    {"open verified", try_open_verified},
    {"save", try_save},
    {"save serving only", try_save_serving},
    {"info", try_info},
    {"list", try_list},
    {"recommend", try_recommend},
    {"recommend a history", try_history},
    {"similar", try_similar},
    {"audience", try_audience},
    {"update", try_update},
    {"remove", try_remove},
    {"replace", try_replace},
    {"forget", try_forget},
    {"retire", try_retire},
    {"merge", try_merge},
    {"export", try_export},
    {"restore", try_restore},
    {"drop before", try_drop_before},
    {"Arrow", try_arrow},
    {"fit with consent", try_fit_consented},
};

/* The events of the model there is before. */
static int large; /* not 0: some more, so that arrays are long enough for every way they are kept */
static recocore_events* shop_events(void) {
  enum { more = 1500, name = 12 };
  static char names[2][more][name];
  static const char* columns_of[2][more];
  static int64_t times[more];
  recocore_events* events = NULL;
  CHECK_OK(recocore_events_new(NULL, &events, &error));
  CHECK_OK(add_timed(events, NULL));
  if (!large) {
    return events;
  }
  uint32_t random = 7;
  for (int event = 0; event < more; ++event) {
    for (int column = 0; column < 2; ++column) {
      random = random * 1664525U + 1013904223U;
      (void)snprintf(names[column][event], name, "%s%u", column == 0 ? "u" : "i", (random >> 8U) % 90U);
      columns_of[column][event] = names[column][event];
    }
    times[event] = event % 20;
  }
  const recocore_ids users = texts(columns_of[0], more);
  const recocore_ids items = texts(columns_of[1], more);
  const recocore_event_columns columns = {
      .size = sizeof columns, .count = more, .users = &users, .items = &items, .times = times};
  CHECK_OK(recocore_events_add(events, &columns, &error));
  return events;
}

static struct world set_up(void) {
  static const char* const gil = "gil";
  static const uint8_t consent[rows] = {1, 1, 1, 0, 1, 1, 0, 1, 1, 1};
  struct world world = {
      .events = shop_events(), .bought = timed_event(&fay, &tea, 20), .returned = timed_event(&fay, &jam, 9)};
  recocore_events* guests = timed_event(&gil, &tea, 20);
  CHECK_OK(recocore_events_new(NULL, &world.consented, &error));
  CHECK_OK(add_timed(world.consented, consent));
  CHECK_OK(recocore_open(path, NULL, &world.model, &error));
  CHECK_OK(recocore_fit(settings, guests, &one_thread, &world.guests, &error));
  CHECK_OK(recocore_list_new(&world.list, &error));
  recocore_events_free(guests);
  return world;
}

static void release_made(struct world* world) {
  recocore_events_free(world->made_events);
  recocore_model_free(world->made_model);
  recocore_model_free(world->made_consented);
  recocore_list_free(world->made_list);
  recocore_members_free(world->members);
  recocore_text_free(world->text);
  world->made_events = NULL;
  world->made_model = NULL;
  world->made_consented = NULL;
  world->made_list = NULL;
  world->members = NULL;
  world->text = NULL;
}

static void tear_down(struct world* world) {
  release_made(world);
  recocore_events_free(world->events);
  recocore_events_free(world->bought);
  recocore_events_free(world->returned);
  recocore_events_free(world->consented);
  recocore_model_free(world->model);
  recocore_model_free(world->guests);
  recocore_list_free(world->list);
}

/* The version of a model and fay's list, as text: what a reader sees. */
static void describe(recocore_model* model, char* text, size_t room) {
  recocore_list* list = NULL;
  const recocore_ids user = texts(&fay, 1);
  const recocore_request request = {.size = sizeof request, .user = &user};
  CHECK_OK(recocore_list_new(&list, &error));
  CHECK_OK(recocore_recommend(model, &request, list, &error));
  size_t end = (size_t)snprintf(text, room, "version %lu:", (unsigned long)recocore_list_version(list));
  for (size_t entry = 0; entry < recocore_list_size(list); ++entry) {
    end += (size_t)snprintf(text + end, room - end, " %s %a %d", recocore_list_item(list, entry, NULL),
                            (double)recocore_list_score(list, entry), (int)recocore_list_tier(list, entry));
    CHECK(end < room);
  }
  recocore_list_free(list);
}

static int files_in_folder(void) {
  int count = 0;
  DIR* directory = opendir(folder);
  CHECK(directory != NULL);
  while (readdir(directory) != NULL) {
    ++count;
  }
  closedir(directory);
  return count;
}

/* A fit that failed has left the events as they were: others can be added, unless it had come to using them. */
static void add_again(recocore_events* events) {
  const size_t count = recocore_events_count(events);
  const recocore_status status = add_timed(events, NULL);
  CHECK(status == RECOCORE_OK || status == RECOCORE_INVALID_ARGUMENT);
  CHECK(recocore_events_count(events) == count + (status == RECOCORE_OK ? rows : 0));
}

/* That a model has everybody and everything of the shop, and no pair twice. */
static void check_size(recocore_model* made, recocore_model* shop) {
  recocore_info info = {.size = sizeof info};
  recocore_info expected = {.size = sizeof expected};
  CHECK_OK(recocore_get_info(made, &info, &error));
  CHECK_OK(recocore_get_info(shop, &expected, &error));
  CHECK(info.users == expected.users && info.items == expected.items && info.interactions == expected.interactions);
}

static char before[4096];
static char after[4096];
static char now[4096];

/* One allocation failing: how many did. */
static long try_once(const struct operation* operation, long at, int all) {
  struct world world = set_up();
  const int files = files_in_folder();
  arm(at, all);
  const recocore_status status = operation->run(&world);
  const long failures = disarm();
  /* Ease says what it needs and has not: a status of its own for the same thing. */
  const int typed = status == RECOCORE_OUT_OF_MEMORY || status == RECOCORE_MEMORY_LIMIT_EXCEEDED;
  if (status != RECOCORE_OK && (!typed || failures == 0 || error.code != status)) {
    fprintf(stderr, "%s, %s, allocation %ld%s: %s: %s\n", settings, operation->name, at, all ? " and on" : "",
            recocore_status_name(status), error.message);
    exit(1);
  }
  if (status != RECOCORE_OK) {
    CHECK(world.made_model == NULL && world.made_consented == NULL);
    CHECK(world.made_list == NULL && world.members == NULL && world.text == NULL);
    CHECK(files_in_folder() == files);
    describe(world.model, now, sizeof now);
    if (strcmp(now, before) != 0) {
      fprintf(stderr, "%s, %s, allocation %ld%s: it failed, and\n  %s\nbecame\n  %s\n", settings, operation->name, at,
              all ? " and on" : "", before, now);
      exit(1);
    }
    release_made(&world);
    if (operation->run == try_fit) {
      add_again(world.events);
    }
    CHECK_OK(operation->run(&world));
  }
  if (world.made_consented != NULL) {
    recocore_info info = {.size = sizeof info};
    CHECK_OK(recocore_get_info(world.made_consented, &info, &error));
    CHECK(info.interactions == rows - 2 && recocore_events_count(world.consented) == rows - 2);
  }
  if (world.made_model != NULL) {
    check_size(world.made_model, world.model);
  }
  describe(world.model, now, sizeof now);
  if (strcmp(now, after) != 0) {
    fprintf(stderr, "%s, %s, allocation %ld%s: expected\n  %s\nbut got\n  %s\n", settings, operation->name, at,
            all ? " and on" : "", after, now);
    exit(1);
  }
  tear_down(&world);
  remove(target);
  return failures;
}

static void try_operation(const struct operation* operation) {
  struct world world = set_up();
  describe(world.model, before, sizeof before);
  CHECK_OK(operation->run(&world));
  describe(world.model, after, sizeof after);
  tear_down(&world);
  remove(target);
  long sites = 0;
  for (int all = 0; all < 2; ++all) {
    (void)try_once(operation, 1L << 60, all); /* whatever is made once and kept */
    for (long at = 1;; ++at) {
      const long held_before = atomic_load(&held);
      const long failures = try_once(operation, at, all);
      const long leaked = atomic_load(&held) - held_before;
      if (leaked != 0) {
        fprintf(stderr, "%s, %s, allocation %ld%s: %ld allocations were not freed\n", settings, operation->name, at,
                all ? " and on" : "", leaked);
        exit(1);
      }
      if (failures == 0) {
        break;
      }
      sites = at;
    }
  }
  printf("  %-20s %5ld allocations\n", operation->name, sites);
  fflush(stdout);
}

/* A list that has grown makes others without an allocation. */
static void try_steady_state(void) {
  struct world world = set_up();
  CHECK_OK(try_similar(&world));
  const int knows_similar = recocore_list_size(world.list) > 0;
  for (int round = 0; round < 3; ++round) {
    arm(1L << 60, 0);
    CHECK_OK(try_recommend(&world));
    CHECK_OK(try_history(&world));
    if (knows_similar) {
      CHECK_OK(try_similar(&world));
    }
    (void)disarm();
  }
  if (atomic_load(&asked) != 0) {
    fprintf(stderr, "%s: lists still take %ld allocations\n", settings, atomic_load(&asked));
    exit(1);
  }
  tear_down(&world);
}

static void try_model(const char* model) {
  settings = model;
  recocore_events* events = shop_events();
  recocore_model* fitted = NULL;
  CHECK_OK(recocore_fit(settings, events, &one_thread, &fitted, &error));
  const recocore_ids retired = texts(&cup, 1);
  CHECK_OK(recocore_retire(fitted, &retired, NULL, &error));
  CHECK_OK(recocore_save(fitted, path, NULL, &error));
  recocore_model_free(fitted);
  recocore_events_free(events);
  printf("%s\n", settings);
  try_steady_state();
  for (size_t which = 0; which < sizeof operations / sizeof operations[0]; ++which) {
    try_operation(&operations[which]);
  }
}

int main(int count, char** arguments) {
  static const char* const more[] = {
      "{\"model\": \"popularity\"}",
      "{\"model\": \"item_knn\", \"parameters\": {\"similarity\": \"cosine\", \"weighting\": \"bm25\"}}",
      "{\"model\": \"item_knn\", \"parameters\": {\"similarity\": \"conditional_probability\"}}",
      "{\"model\": \"user_knn\"}",
      "{\"model\": \"rp3beta\"}",
      "{\"model\": \"ease\"}",
      "{\"model\": \"sparse_ease\"}",
      "{\"model\": \"slim\"}",
      "{\"model\": \"als\", \"parameters\": {\"factors\": 4, \"epochs\": 2}}",
      "{\"model\": \"graph_filter\", \"parameters\": {\"dimensions\": 2}}",
  };
  CHECK(count == 3);
  CHECK(snprintf(folder, sizeof folder, "%s/malloc_files", arguments[1]) < (int)sizeof folder);
  (void)mkdir(folder, 0755);
  CHECK(snprintf(path, sizeof path, "%s/model.reco", folder) < (int)sizeof path);
  CHECK(snprintf(target, sizeof target, "%s/saved.reco", folder) < (int)sizeof target);
  setbuf(stdout, NULL);
  try_model("{\"model\": \"item_knn\", \"parameters\": {\"k\": 10}}");
  if (strcmp(arguments[2], "long") == 0) {
    for (size_t which = 0; which < sizeof more / sizeof more[0]; ++which) {
      try_model(more[which]);
    }
    large = 1;
    try_model("{\"model\": \"item_knn\"}");
    for (size_t which = 0; which < sizeof more / sizeof more[0]; ++which) {
      try_model(more[which]);
    }
  }
  CHECK(remove(path) == 0);
  puts("all well");
  return 0;
}
