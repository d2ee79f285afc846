/* An Arrow C stream of one batch, two columns of integers, which allocates nothing. */
#ifndef RECOCORE_TESTS_ARROW_STREAM_H
#define RECOCORE_TESTS_ARROW_STREAM_H

#include <stdint.h>
#include <string.h>

/* As https://arrow.apache.org/docs/format/CDataInterface.html has them. */
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  int64_t flags;
  int64_t n_children;
  struct ArrowSchema** children;
  struct ArrowSchema* dictionary;
  void (*release)(struct ArrowSchema* schema);
  void* private_data;
};
struct ArrowArray {
  int64_t length;
  int64_t null_count;
  int64_t offset;
  int64_t n_buffers;
  int64_t n_children;
  const void** buffers;
  struct ArrowArray** children;
  struct ArrowArray* dictionary;
  void (*release)(struct ArrowArray* array);
  void* private_data;
};
struct ArrowArrayStream {
  int (*get_schema)(struct ArrowArrayStream* stream, struct ArrowSchema* schema);
  int (*get_next)(struct ArrowArrayStream* stream, struct ArrowArray* array);
  const char* (*get_last_error)(struct ArrowArrayStream* stream);
  void (*release)(struct ArrowArrayStream* stream);
  void* private_data;
};

enum { arrow_rows = 5 };

static inline void release_arrow_schema(struct ArrowSchema* schema) { schema->release = NULL; }
static inline void release_arrow_array(struct ArrowArray* array) { array->release = NULL; }
static inline void release_arrow_stream(struct ArrowArrayStream* stream) { stream->release = NULL; }
static inline const char* no_arrow_error(struct ArrowArrayStream* stream) {
  (void)stream;
  return NULL;
}

static inline int give_arrow_schema(struct ArrowArrayStream* stream, struct ArrowSchema* schema) {
  static struct ArrowSchema columns[2];
  static struct ArrowSchema* children[] = {&columns[0], &columns[1]};
  (void)stream;
  for (int column = 0; column < 2; ++column) {
    columns[column] = (struct ArrowSchema){
        .format = "l", .name = column == 0 ? "user_id" : "item_id", .release = release_arrow_schema};
  }
  *schema =
      (struct ArrowSchema){.format = "+s", .n_children = 2, .children = children, .release = release_arrow_schema};
  return 0;
}

/* The private data of the stream: not NULL until the batch was given. */
static inline int give_arrow_batch(struct ArrowArrayStream* stream, struct ArrowArray* array) {
  static const int64_t values[2][arrow_rows] = {{1, 1, 2, 2, 3}, {10, 20, 10, 20, 10}};
  static const void* buffers[2][2];
  static const void* no_buffers[1];
  static struct ArrowArray columns[2];
  static struct ArrowArray* children[] = {&columns[0], &columns[1]};
  if (stream->private_data == NULL) {
    *array = (struct ArrowArray){.release = NULL};
    return 0;
  }
  stream->private_data = NULL;
  for (int column = 0; column < 2; ++column) {
    buffers[column][1] = values[column];
    columns[column] = (struct ArrowArray){
        .length = arrow_rows, .n_buffers = 2, .buffers = buffers[column], .release = release_arrow_array};
  }
  *array = (struct ArrowArray){.length = arrow_rows,
                               .n_buffers = 1,
                               .n_children = 2,
                               .buffers = no_buffers,
                               .children = children,
                               .release = release_arrow_array};
  return 0;
}

static inline struct ArrowArrayStream arrow_stream(void) {
  static int batch;
  const struct ArrowArrayStream stream = {.get_schema = give_arrow_schema,
                                          .get_next = give_arrow_batch,
                                          .get_last_error = no_arrow_error,
                                          .release = release_arrow_stream,
                                          .private_data = &batch};
  return stream;
}

#endif
