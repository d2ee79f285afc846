/* recocore from any language: C11, and C++. docs/c-abi.md is the manual.
 *
 * Rules that hold for every function:
 *
 * - It returns a status, RECOCORE_OK or why not. Results go through the last pointer before `error`, which is left
 *   alone on failure. A call that fails has changed nothing. Nothing is thrown, printed, or kept in global state.
 * - `error`, the last parameter, may be NULL. Otherwise it is the caller's, and says in a sentence what was wrong,
 *   where, and what would be right; after a success its code is RECOCORE_OK and its message empty.
 * - A struct begins with its size, which the caller sets to sizeof. All other fields at zero are the defaults, so
 *   `recocore_request request = {.size = sizeof request};` is complete. A caller compiled against an older header
 *   passes a smaller struct: what it lacks has its default. A larger one is accepted when what is unknown is zero,
 *   otherwise refused with RECOCORE_UNSUPPORTED. A struct to be filled in gets as much as it has room for.
 * - Text is UTF-8 that ends with a NUL. What comes out belongs to the handle it was asked of, and lives until that
 *   is used again or released.
 * - Handles are released by the function named `..._free`, which accepts NULL. Different handles do not disturb each
 *   other; what several threads may do with *one* is said for each function:
 *     Threads: any     any number at the same time, also beside all other functions that say so;
 *     Threads: one     one at a time for this handle.
 *   A handle may go from thread to thread. Nothing may use a handle while it is released.
 */
#ifndef RECOCORE_H
#define RECOCORE_H

#include <stddef.h> /* NOLINT(modernize-deprecated-headers) */
#include <stdint.h> /* NOLINT(modernize-deprecated-headers) */

#if defined(_WIN32)
#define RECOCORE_API
#elif defined(__GNUC__)
#define RECOCORE_API __attribute__((visibility("default")))
#else
#define RECOCORE_API
#endif

/* NOLINTBEGIN(modernize-use-using,modernize-redundant-void-arg,cppcoreguidelines-pro-type-member-init,
               readability-identifier-naming,performance-enum-size) */
#ifdef __cplusplus
extern "C" {
#endif

/* Of this header. The first changes when something is taken away or means something else, and with it the file name of
 * the library; the second when something is added. */
#define RECOCORE_ABI_MAJOR 1
#define RECOCORE_ABI_MINOR 0

/* What became of a call. Values are for ever; new ones may come, so treat what you do not know as a failure. */
enum recocore_status_code {
  RECOCORE_OK = 0,
  RECOCORE_INVALID_ARGUMENT = 1,       /* a NULL, a struct size, a value of an enum: a mistake in the calling program */
  RECOCORE_INVALID_PARAMETER = 2,      /* settings, a filter or a combination of options that makes no sense */
  RECOCORE_INVALID_DATA = 3,           /* events or a file that cannot be used */
  RECOCORE_MISSING_COLUMN = 4,         /* a table without a column that was asked for */
  RECOCORE_ID_TYPE = 5,                /* text where the model has integers, or the reverse */
  RECOCORE_UNKNOWN_ID = 6,             /* where an error was asked for */
  RECOCORE_CAPACITY_EXCEEDED = 7,      /* more users, items or events than can be held */
  RECOCORE_CANCELLED = 8,              /* by the progress callback */
  RECOCORE_DEADLINE_EXCEEDED = 9,      /* not done in the time given */
  RECOCORE_MEMORY_LIMIT_EXCEEDED = 10, /* needs more memory than was allowed */
  RECOCORE_IO = 11,                    /* a file that cannot be read or written, a stream that failed */
  RECOCORE_OUT_OF_MEMORY = 12,         /* the system gave no memory */
  RECOCORE_UNSUPPORTED = 13,           /* a struct asks for something this version of the library does not know */
  RECOCORE_INTERNAL = 14               /* an error that should not happen: please report it with its message */
};
typedef int32_t recocore_status; /* one of the above */

/* The caller's memory for what went wrong. */
typedef struct recocore_error {
  size_t size; /* sizeof(recocore_error); what is too small for a message is left alone */
  recocore_status code;
  char message[1012]; /* ends with a NUL; cut between characters when it is longer */
} recocore_error;

/* Ids: 64-bit integers or text, as the caller has them. One of `integers` and `texts` is given, unless `count` is 0. */
typedef struct recocore_ids {
  size_t size; /* sizeof(recocore_ids) */
  size_t count;
  const int64_t* integers;
  const char* const* texts;
  const size_t* lengths; /* of the texts in bytes; NULL: each ends with a NUL */
} recocore_ids;

/* Events being collected, to fit a model on or to change one with. */
typedef struct recocore_events recocore_events;
/* A fitted model. */
typedef struct recocore_model recocore_model;
/* A list of items, with the memory that making one takes: keep one for each thread and use it again and again. */
typedef struct recocore_list recocore_list;
/* Users who may be told about an item. */
typedef struct recocore_members recocore_members;
/* A text made by the library. */
typedef struct recocore_text recocore_text;

/* Long work. */
typedef struct recocore_run {
  size_t size;           /* sizeof(recocore_run) */
  uint32_t threads;      /* 0: all the machine has. 1: nothing runs on another thread than the caller's */
  uint32_t timeout_ms;   /* 0: none */
  uint64_t memory_limit; /* bytes beside the input; 0: none */
  /* Told now and then how far a stage is; anything but 0 stops the work. Called by one thread at a time, but not
   * always by the same one, unless `threads` is 1. It must return, and not throw. */
  int32_t (*progress)(void* context, const char* stage, uint64_t done, uint64_t total);
  void* context; /* for `progress` */
} recocore_run;

/* ---- The library ---------------------------------------------------------------------------------------------- */

/* "0.1.0". Threads: any. */
RECOCORE_API const char* recocore_version(void);
/* RECOCORE_ABI_MAJOR * 1000 + RECOCORE_ABI_MINOR of the library that is loaded. Threads: any. */
RECOCORE_API int32_t recocore_abi_version(void);
/* "RECOCORE_INVALID_DATA"; "unknown" for what is no status. Threads: any. */
RECOCORE_API const char* recocore_status_name(recocore_status status);

/* ---- Events --------------------------------------------------------------------------------------------------- */

/* Columns of events, one after the other; all that are given have `count` rows. */
typedef struct recocore_event_columns {
  size_t size; /* sizeof(recocore_event_columns) */
  size_t count;
  const recocore_ids* users;
  const recocore_ids* items;
  const float* weights;      /* NULL: each weighs 1 */
  const int64_t* times;      /* microseconds since 1970-01-01 UTC; NULL: none */
  const recocore_ids* types; /* looked up in the "event_weights" of the settings; NULL: none */
  const uint8_t* consent;    /* 1, or 0: leave it out; NULL: none, refused where the settings have it */
} recocore_event_columns;

/* No events yet. `settings` is NULL or a JSON object; {} stands for
 *   {"event_weights": {},                          what an event of each type weighs: {"view": 1, "purchase": 8}
 *    "user": "user_id", "item": "item_id",         names of columns, for Arrow
 *    "weight": null, "event": null, "timestamp": null,
 *    "consent": null,                              a column of flags: events without it are left out; where it is
 *                                                  set, recocore_event_columns must have its `consent` as well
 *    "time_unit": "s"}                             of times that are plain numbers in Arrow: s, ms, us or ns
 * Threads: any. */
RECOCORE_API recocore_status recocore_events_new(const char* settings, recocore_events** events, recocore_error* error);
/* Copies what is given. All blocks must have the same columns. Refused once the events have been used, until they are
 * cleared. Threads: one. */
RECOCORE_API recocore_status recocore_events_add(recocore_events* events, const recocore_event_columns* columns,
                                                 recocore_error* error);
struct ArrowArrayStream;
/* All batches of an Arrow C stream, which is released whatever happens, unless it is NULL. Once a stream was added
 * nothing else can be, until the events are cleared. Threads: one. */
RECOCORE_API recocore_status recocore_events_add_arrow(recocore_events* events, struct ArrowArrayStream* stream,
                                                       recocore_error* error);
/* Without those left out for want of consent. 0 for NULL. Threads: one. */
RECOCORE_API size_t recocore_events_count(const recocore_events* events);
/* Empties them, to be filled again with the same settings. Nothing happens with NULL. Threads: one. */
RECOCORE_API void recocore_events_clear(recocore_events* events);
RECOCORE_API void recocore_events_free(recocore_events* events);

/* ---- Fitting, opening, saving --------------------------------------------------------------------------------- */

/* Fits a model on events, which stay as they are. `settings` is a JSON object:
 *   {"model": "item_knn", "parameters": {"k": 100}, "interactions": {"duplicates": "max"}}
 * docs/c-abi.md lists the names; an unknown one is an error that lists the known ones. `run` may be NULL.
 * Threads: one for the events. */
RECOCORE_API recocore_status recocore_fit(const char* settings, recocore_events* events, const recocore_run* run,
                                          recocore_model** model, recocore_error* error);

typedef struct recocore_open_options {
  size_t size;       /* sizeof(recocore_open_options) */
  int32_t in_memory; /* not 0: read the file instead of mapping it */
  int32_t verify;    /* not 0: check all of the file at once */
} recocore_open_options;

/* A model file. `options` may be NULL. Threads: any. */
RECOCORE_API recocore_status recocore_open(const char* path, const recocore_open_options* options,
                                           recocore_model** model, recocore_error* error);

typedef struct recocore_save_options {
  size_t size;          /* sizeof(recocore_save_options) */
  int32_t serving_only; /* not 0: without events, users and times; cannot be updated */
  int32_t histories;    /* not 0, when serving only: what known users have, so that they are served as well */
  uint64_t sequence;    /* of the last event in the model, for whoever keeps events elsewhere; 0: that of the file
                           the model was opened from */
} recocore_save_options;

/* Replaces the file at once or not at all. A model that was opened keeps what another language had put in its file.
 * `options` may be NULL. Waits for changes of the model and holds up those that come. Threads: any. */
RECOCORE_API recocore_status recocore_save(recocore_model* model, const char* path,
                                           const recocore_save_options* options, recocore_error* error);

typedef struct recocore_info {
  size_t size;       /* sizeof(recocore_info), set by the caller; the rest is filled in */
  char name[32];     /* of the kind of model: "item_knn" */
  uint64_t version;  /* 1, and one more with each change */
  uint64_t sequence; /* of the file it was opened from; 0 for a fit */
  uint64_t users;
  uint64_t items;
  uint64_t interactions;
  int32_t user_ids_are_text;
  int32_t item_ids_are_text;
  int32_t serving_only; /* not 0: cannot be changed, has no events */
  int32_t reserved;
} recocore_info;

/* May have to wait for a change that goes on. Threads: any. */
RECOCORE_API recocore_status recocore_get_info(recocore_model* model, recocore_info* info, recocore_error* error);

RECOCORE_API void recocore_model_free(recocore_model* model);

/* ---- Lists ---------------------------------------------------------------------------------------------------- */

enum recocore_on_unknown_code {
  RECOCORE_ON_UNKNOWN_POPULAR = 0, /* what everybody chooses, labelled so */
  RECOCORE_ON_UNKNOWN_ERROR = 1,   /* RECOCORE_UNKNOWN_ID */
  RECOCORE_ON_UNKNOWN_EMPTY = 2    /* an empty list */
};

/* Where an entry of a list comes from. */
enum recocore_tier_code {
  RECOCORE_TIER_NONE = -1,         /* there is no such entry */
  RECOCORE_TIER_COLLABORATIVE = 0, /* from what similar people chose */
  RECOCORE_TIER_POPULAR = 1,       /* from what everybody chooses, where the model had too little */
  RECOCORE_TIER_CONTENT = 2,       /* from what the items are */
  RECOCORE_TIER_SEGMENT = 3        /* from what people of the same profile choose */
};

typedef struct recocore_request {
  size_t size;                    /* sizeof(recocore_request) */
  const recocore_ids* user;       /* one id, or NULL */
  const recocore_ids* history;    /* items of somebody without an account, the latest last, or NULL */
  const float* weights;           /* as many as the history has items, or NULL */
  const recocore_ids* exclude;    /* items that must not be in the list */
  const recocore_ids* candidates; /* the only items that may be; NULL: all */
  const char* where;              /* "price < 80 and in_stock": see docs/filters.md; for models that have a catalogue */
  uint32_t n;                     /* at most this many; 0: 10 */
  int32_t include_seen;           /* not 0: also what the user or the history has */
  int32_t on_unknown;             /* of recocore_on_unknown_code */
  int32_t reserved;               /* 0 */
} recocore_request;

/* An empty list. Threads: any. */
RECOCORE_API recocore_status recocore_list_new(recocore_list** list, recocore_error* error);

/* The best items for a user, for a history, or for nobody in particular; a user and a history together only where the
 * model has profiles of users. Replaces what the list had, and leaves it empty on failure. Sees one whole version of
 * the model, old or new, and waits for no change of it. Allocates nothing once the list has grown, unless there is a
 * `where`. Threads: any for the model, one for the list. */
RECOCORE_API recocore_status recocore_recommend(const recocore_model* model, const recocore_request* request,
                                                recocore_list* list, recocore_error* error);

/* The items most similar to one, at most n, and not filled up. Of the request, which may be NULL, user, history,
 * weights and include_seen must be 0. Otherwise as recocore_recommend. */
RECOCORE_API recocore_status recocore_similar(const recocore_model* model, const recocore_ids* item,
                                              const recocore_request* request, recocore_list* list,
                                              recocore_error* error);

/* 0 for NULL. Threads, of this and the following: one. */
RECOCORE_API size_t recocore_list_size(const recocore_list* list);
/* The version of the model the list was made by; 0 when there was none. */
RECOCORE_API uint64_t recocore_list_version(const recocore_list* list);
/* The id of an entry as text, integers in decimal; NULL when there is no such entry. The length may be NULL. */
RECOCORE_API const char* recocore_list_item(const recocore_list* list, size_t entry, size_t* length);
/* The id of an entry where ids are integers; 0 where they are text, or when there is no such entry. */
RECOCORE_API int64_t recocore_list_item_int64(const recocore_list* list, size_t entry);
/* 0 when there is no such entry. */
RECOCORE_API float recocore_list_score(const recocore_list* list, size_t entry);
/* Of recocore_tier_code. */
RECOCORE_API int32_t recocore_list_tier(const recocore_list* list, size_t entry);
RECOCORE_API void recocore_list_free(recocore_list* list);

/* ---- Whom to tell about an item ------------------------------------------------------------------------------- */

typedef struct recocore_audience_options {
  size_t size;               /* sizeof(recocore_audience_options) */
  const recocore_ids* users; /* only these; NULL: all */
  const char* where;         /* only users it is true of, for models that have profiles; NULL: all */
  uint32_t n;                /* at most this many; 0: 10 */
  uint32_t alternative;      /* the item has to stand up to a user's m-th best other item; 0: m = 10 */
  uint32_t min_history;      /* items a user must have */
  int32_t ranks;             /* not 0: also the rank of the item in each list, which costs a list each */
} recocore_audience_options;

/* The users an item means most to, of those who do not have it. What it has to stand up to is computed by the first
 * call after a change, about a list for each user, and kept. `options` and `run` may be NULL. Threads: any; calls wait
 * for each other and for changes that go on. */
RECOCORE_API recocore_status recocore_audience(recocore_model* model, const recocore_ids* item,
                                               const recocore_audience_options* options, const recocore_run* run,
                                               recocore_members** members, recocore_error* error);

/* Each as for lists. Threads: any, since members never change. */
RECOCORE_API size_t recocore_members_size(const recocore_members* members);
RECOCORE_API const char* recocore_members_user(const recocore_members* members, size_t entry, size_t* length);
RECOCORE_API int64_t recocore_members_user_int64(const recocore_members* members, size_t entry);
/* 0 to 1, see docs/audience.md; the list is sorted by it. */
RECOCORE_API float recocore_members_meaning(const recocore_members* members, size_t entry);
RECOCORE_API float recocore_members_score(const recocore_members* members, size_t entry);
/* The place of the item in the user's list, from 1; 0 when it was not asked for. */
RECOCORE_API uint32_t recocore_members_rank(const recocore_members* members, size_t entry);
/* How many items of the user's it rests on. */
RECOCORE_API uint32_t recocore_members_evidence(const recocore_members* members, size_t entry);
RECOCORE_API void recocore_members_free(recocore_members* members);

/* ---- Changing a model ----------------------------------------------------------------------------------------- */

/* After each change the model equals one fitted on the resulting events. Changes, saves and exports of one model wait
 * for each other; lists wait for none of them. Structs to be filled in may be NULL, and so may `run`. */

typedef struct recocore_change {
  size_t size;      /* sizeof(recocore_change), set by the caller; the rest is filled in */
  uint64_t version; /* of the model since then */
  uint64_t events_added;
  uint64_t events_removed;
  uint64_t users_changed;
  int32_t refitted; /* not 0: all was computed anew; the result is the same */
  int32_t reserved;
} recocore_change;

/* Adds events, with the columns the fit had. The events stay as they are. Threads: any for the model, one for the
 * events. */
RECOCORE_API recocore_status recocore_update(recocore_model* model, recocore_events* events, const recocore_run* run,
                                             recocore_change* change, recocore_error* error);
/* Takes events out, each as often as it is given. RECOCORE_INVALID_DATA when one is not there. Threads: as for
 * recocore_update. */
RECOCORE_API recocore_status recocore_remove(recocore_model* model, recocore_events* events, const recocore_run* run,
                                             recocore_change* change, recocore_error* error);
/* Both at once: one version. Threads: as for recocore_update. */
RECOCORE_API recocore_status recocore_replace(recocore_model* model, recocore_events* removed, recocore_events* added,
                                              const recocore_run* run, recocore_change* change, recocore_error* error);
/* Takes out all events before a time, in microseconds since 1970-01-01 UTC. Threads: any. */
RECOCORE_API recocore_status recocore_drop_before(recocore_model* model, int64_t time, const recocore_run* run,
                                                  recocore_change* change, recocore_error* error);
/* Recommends these items no more, though they still count in histories. RECOCORE_UNKNOWN_ID. Threads: any. */
RECOCORE_API recocore_status recocore_retire(recocore_model* model, const recocore_ids* items, recocore_change* change,
                                             recocore_error* error);
/* Recommends them again. Threads: any. */
RECOCORE_API recocore_status recocore_restore(recocore_model* model, const recocore_ids* items, recocore_change* change,
                                              recocore_error* error);
/* Adds all events of a model of the same kind and settings that has other users; that one stays as it is.
 * Threads: any. */
RECOCORE_API recocore_status recocore_merge(recocore_model* model, recocore_model* other, const recocore_run* run,
                                            recocore_change* change, recocore_error* error);

typedef struct recocore_receipt {
  size_t size;           /* sizeof(recocore_receipt), set by the caller; the rest is filled in */
  uint64_t events;       /* erased */
  uint64_t interactions; /* with different items */
  uint64_t version_before;
  uint64_t version_after;
  char digest_before[40]; /* of all events, as hexadecimal digits and a NUL */
  char digest_after[40];
  int32_t known; /* not 0: there was something to erase */
  int32_t reserved;
} recocore_receipt;

/* Erases a user: events, id, and all that was counted of them. An unknown user is no error. Threads: any. */
RECOCORE_API recocore_status recocore_forget(recocore_model* model, const recocore_ids* user, const recocore_run* run,
                                             recocore_receipt* receipt, recocore_error* error);

/* All that is held about one user, as a JSON object: {"user": ..., "events": [{"item": ..., "weight": ..., "time":
 * "2026-01-31T12:00:00Z"}, ...], "profile": {"region": "north", ...}}, without weights or times where the model
 * has none; without events when the user is unknown. A model without profiles gives no "profile"; null: the user has
 * none. In it are all columns of the user's row: null for what is missing, dates like times, points as [latitude,
 * longitude], labels and vectors as arrays. Threads: any. */
RECOCORE_API recocore_status recocore_export_user(recocore_model* model, const recocore_ids* user, recocore_text** text,
                                                  recocore_error* error);

/* Ends with a NUL. "" for NULL. Threads: any. */
RECOCORE_API const char* recocore_text_data(const recocore_text* text);
RECOCORE_API size_t recocore_text_length(const recocore_text* text);
RECOCORE_API void recocore_text_free(recocore_text* text);

#ifdef __cplusplus
} /* extern "C" */
#endif
/* NOLINTEND(modernize-use-using,modernize-redundant-void-arg,cppcoreguidelines-pro-type-member-init,
             readability-identifier-naming,performance-enum-size) */

#endif
