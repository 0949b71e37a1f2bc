/* A minimal ECS and SNS endpoint for benchmarks: one thread, so little work a request that what is measured is
   the client. It checks no signature and knows one account and Region; what it starts is nothing but a row.

   endpoint [--port N] [--length MILLISECONDS]
     --port    0 or left out: any free one. The first line on stdout is "listening on http://127.0.0.1:PORT".
     --length  how long each task runs before it is STOPPED with exit code 0; left out: until it is told to.

   AWS, as POST / with X-Amz-Target (JSON 1.1) or a form (SNS):
     RunTask                 one task; the same clientToken again answers the same task and starts none
     DescribeTasks           up to 100 tasks by ARN or id; unknown ones are failures with MISSING
     ListTasks               by startedBy, or all of desiredStatus (and family), in pages of 100
     StopTask                the task is STOPPED at once, with exit code 143
     DescribeTaskDefinition  of any name: one essential container "app"
     Publish                 a message id
   Everything else is answered with HTTP 400, UnknownOperationException, and counted.

   Beside it:
     GET  /_endpoint/counts    {"calls":{OPERATION:N,...},          calls by operation
                                "described":N,                      ARNs asked for in all DescribeTasks
                                "tasks":{"started":N,"running":N,"stopped":N},
                                "repeatedTokens":N,                 RunTask calls whose token was known
                                "repeatedStartedBy":N,              tasks whose startedBy another one has already
                                "firstArrival":S,"lastArrival":S,   of RunTask; seconds since 1970, or null
                                "cpu":S}                            processor time of this endpoint
     GET  /_endpoint/arrivals  [S,...]                              of each task's first RunTask, in order
     POST /_endpoint/stop      all running tasks stop now, with exit code 0; {"at":S,"stopped":N}
     POST /_endpoint/length?N  tasks that start from now on run for N ms (-1: until they are told)
     POST /_endpoint/reset     forgets tasks and counts */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define REGION "arn:aws:ecs:us-east-1:123456789012:"
#define NEVER INT64_MAX
#define PAGE 100

static void *must(void *memory) {
  if (!memory) abort();
  return memory;
}

/* Microseconds since 1970. */
static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

/* MARK: Text that grows */

typedef struct {
  char *bytes;
  size_t count, capacity;
} Text;

static void reserve(Text *text, size_t more) {
  if (text->count + more <= text->capacity) return;
  while (text->count + more > text->capacity) text->capacity = text->capacity ? 2 * text->capacity : 4096;
  text->bytes = must(realloc(text->bytes, text->capacity));
}

static void append(Text *text, const char *bytes, size_t count) {
  reserve(text, count);
  memcpy(text->bytes + text->count, bytes, count);
  text->count += count;
}

__attribute__((format(printf, 2, 3))) static void print(Text *text, const char *format, ...) {
  va_list arguments;
  reserve(text, 1024);
  for (;;) {
    va_start(arguments, format);
    size_t room = text->capacity - text->count;
    int length = vsnprintf(text->bytes + text->count, room, format, arguments);
    va_end(arguments);
    if (length < 0) abort();
    if ((size_t)length < room) {
      text->count += (size_t)length;
      return;
    }
    reserve(text, (size_t)length + 1);
  }
}

/* MARK: What a request says */

typedef struct {
  const char *bytes;
  size_t count;
} Slice;

static const char *find(Slice in, const char *what) { return memmem(in.bytes, in.count, what, strlen(what)); }

/* What follows `"key":`, from wherever the key first stands: requests of a benchmark have each once. */
static Slice after(Slice json, const char *key) {
  char quoted[64];
  int length = snprintf(quoted, sizeof quoted, "\"%s\"", key);
  const char *place = find(json, quoted);
  if (!place) return (Slice){NULL, 0};
  const char *end = json.bytes + json.count;
  place += length;
  while (place < end && (*place == ' ' || *place == ':')) place++;
  return (Slice){place, (size_t)(end - place)};
}

/* The text that begins with the quote at the slice's beginning, as it is escaped. */
static Slice quoted(Slice at) {
  if (!at.count || *at.bytes != '"') return (Slice){NULL, 0};
  size_t end = 1;
  while (end < at.count && at.bytes[end] != '"') end += at.bytes[end] == '\\' ? 2 : 1;
  return end < at.count ? (Slice){at.bytes + 1, end - 1} : (Slice){NULL, 0};
}

static Slice member(Slice json, const char *key) { return quoted(after(json, key)); }

static bool is(Slice slice, const char *text) {
  return slice.count == strlen(text) && memcmp(slice.bytes, text, slice.count) == 0;
}

/* MARK: Tasks */

typedef struct {
  char *token, *startedBy, *cluster, *definition, *container;
  int64_t arrivedAt, stopsAt;
  int exitCode;
  const char *reason;
} Task;

/* Open addressing: from a text to a task's number plus one. */
typedef struct {
  uint32_t *slots;
  size_t size, count;
} Index;

static Task *tasks;
static size_t taskCount, taskCapacity;
static Index byToken, byStartedBy;
static int64_t lengthOfTasks = NEVER;
static long long described, repeatedTokens, repeatedStartedBy;

enum { RUN, DESCRIBE, LIST, STOP, DEFINITION, PUBLISH, OTHER, OPERATIONS };
static const char *operationNames[OPERATIONS] = {
  "RunTask", "DescribeTasks", "ListTasks", "StopTask", "DescribeTaskDefinition", "Publish", "other"};
static long long calls[OPERATIONS];

static const char *tokenOf(const Task *task) { return task->token; }
static const char *startedByOf(const Task *task) { return task->startedBy; }

static uint64_t hash(Slice text) {
  uint64_t value = 0xCBF29CE484222325u;
  for (size_t i = 0; i < text.count; i++) value = (value ^ (unsigned char)text.bytes[i]) * 0x100000001B3u;
  return value ^ value >> 29;
}

/* The slot of this text, be it free. */
static uint32_t *slot(Index *index, Slice text, const char *(*key)(const Task *)) {
  size_t place = hash(text) & (index->size - 1);
  while (index->slots[place] && !is(text, key(&tasks[index->slots[place] - 1]))) place = (place + 1) & (index->size - 1);
  return &index->slots[place];
}

static void grow(Index *index, const char *(*key)(const Task *)) {
  if (2 * (index->count + 1) < index->size) return;
  Index larger = {.size = index->size ? 2 * index->size : 1 << 16, .count = index->count};
  larger.slots = must(calloc(larger.size, sizeof *larger.slots));
  for (size_t i = 0; i < index->size; i++) {
    if (!index->slots[i]) continue;
    const char *text = key(&tasks[index->slots[i] - 1]);
    *slot(&larger, (Slice){text, strlen(text)}, key) = index->slots[i];
  }
  free(index->slots);
  *index = larger;
}

static char *copy(Slice slice, const char *otherwise) {
  return must(slice.bytes ? strndup(slice.bytes, slice.count) : strdup(otherwise));
}

static bool isOver(const Task *task, int64_t at) { return task->stopsAt <= at; }

static void stop(Task *task, int64_t at, int exitCode, const char *reason) {
  if (isOver(task, at)) return;
  task->stopsAt = at;
  task->exitCode = exitCode;
  task->reason = reason;
}

/* The task that an ARN or an id ends with. */
static Task *named(Slice name) {
  char digits[33];
  if (name.count < 32) return NULL;
  memcpy(digits, name.bytes + name.count - 32, 32);
  digits[32] = 0;
  char *end;
  unsigned long long number = strtoull(digits, &end, 16);
  return *end || !number || number > taskCount ? NULL : &tasks[number - 1];
}

static void printTime(Text *out, const char *key, int64_t at) {
  print(out, ",\"%s\":%lld.%03lld", key, (long long)(at / 1000000), (long long)(at / 1000 % 1000));
}

static void printTask(Text *out, const Task *task, int64_t at) {
  unsigned long long number = (unsigned long long)(task - tasks) + 1;
  bool over = isOver(task, at);
  const char *status = over ? "STOPPED" : "RUNNING";
  print(out,
    "{\"attachments\":[],\"attributes\":[{\"name\":\"ecs.cpu-architecture\",\"value\":\"x86_64\"}],"
    "\"availabilityZone\":\"us-east-1a\",\"clusterArn\":\"" REGION "cluster/%s\",\"containers\":["
    "{\"containerArn\":\"" REGION "container/%s/%032llx/1\",\"taskArn\":\"" REGION "task/%s/%032llx\","
    "\"name\":\"%s\",\"image\":\"app\",\"lastStatus\":\"%s\",\"networkBindings\":[],\"networkInterfaces\":[],"
    "\"healthStatus\":\"UNKNOWN\",\"cpu\":\"0\"",
    task->cluster, task->cluster, number, task->cluster, number, task->container, status);
  if (over) print(out, ",\"exitCode\":%d", task->exitCode);
  print(out,
    "}],\"cpu\":\"256\",\"memory\":\"512\",\"desiredStatus\":\"%s\",\"enableExecuteCommand\":false,"
    "\"group\":\"family:%s\",\"healthStatus\":\"UNKNOWN\",\"lastStatus\":\"%s\",\"launchType\":\"EC2\","
    "\"overrides\":{\"containerOverrides\":[{\"name\":\"%s\"}],\"inferenceAcceleratorOverrides\":[]},"
    "\"startedBy\":\"%s\",\"tags\":[],\"taskArn\":\"" REGION "task/%s/%032llx\","
    "\"taskDefinitionArn\":\"" REGION "task-definition/%s:1\",\"version\":%d",
    status, task->definition, status, task->container, task->startedBy, task->cluster, number, task->definition,
    over ? 3 : 2);
  printTime(out, "createdAt", task->arrivedAt);
  printTime(out, "startedAt", task->arrivedAt);
  if (over) {
    printTime(out, "stoppingAt", task->stopsAt);
    printTime(out, "stoppedAt", task->stopsAt);
    print(out, ",\"stopCode\":\"%s\",\"stoppedReason\":\"%s\"",
      task->exitCode ? "UserInitiated" : "EssentialContainerExited", task->reason);
  }
  print(out, "}");
}

static Task *start(Slice body, int64_t at) {
  grow(&byToken, tokenOf);
  grow(&byStartedBy, startedByOf);
  char unnamed[32];
  snprintf(unnamed, sizeof unnamed, "none-%zu", taskCount + 1);
  Slice token = member(body, "clientToken"), startedBy = member(body, "startedBy");
  if (token.bytes) {
    uint32_t *known = slot(&byToken, token, tokenOf);
    if (*known) {
      repeatedTokens++;
      return &tasks[*known - 1];
    }
  }
  if (taskCount == taskCapacity) {
    taskCapacity = taskCapacity ? 2 * taskCapacity : 1 << 14;
    tasks = must(realloc(tasks, taskCapacity * sizeof *tasks));
  }
  Slice definition = member(body, "taskDefinition");
  const char *slash = definition.bytes ? memrchr(definition.bytes, '/', definition.count) : NULL;
  if (slash) definition = (Slice){slash + 1, definition.count - (size_t)(slash + 1 - definition.bytes)};
  const char *colon = definition.bytes ? memchr(definition.bytes, ':', definition.count) : NULL;
  if (colon) definition.count = (size_t)(colon - definition.bytes);
  Task *task = &tasks[taskCount++];
  *task = (Task){
    .token = copy(token, unnamed), .startedBy = copy(startedBy, unnamed),
    .cluster = copy(member(body, "cluster"), "default"), .definition = copy(definition, "app"),
    .container = copy(member(after(body, "containerOverrides"), "name"), "app"), .arrivedAt = at,
    .stopsAt = lengthOfTasks == NEVER ? NEVER : at + lengthOfTasks, .reason = "Essential container in task exited"};
  *slot(&byToken, (Slice){task->token, strlen(task->token)}, tokenOf) = (uint32_t)taskCount;
  byToken.count++;
  uint32_t *others = slot(&byStartedBy, (Slice){task->startedBy, strlen(task->startedBy)}, startedByOf);
  if (*others) repeatedStartedBy++;
  else {
    *others = (uint32_t)taskCount;
    byStartedBy.count++;
  }
  return task;
}

/* MARK: Operations */

static void describe(Text *out, Slice body, int64_t at) {
  Text failures = {0};
  bool first = true;
  Slice list = after(body, "tasks");
  const char *end = list.bytes ? memchr(list.bytes, ']', list.count) : NULL;
  print(out, "{\"tasks\":[");
  while (end && list.bytes < end) {
    list.count = (size_t)(end - list.bytes);
    const char *quote = memchr(list.bytes, '"', list.count);
    if (!quote) break;
    Slice arn = quoted((Slice){quote, (size_t)(end - quote)});
    if (!arn.bytes) break;
    described++;
    Task *task = named(arn);
    if (task) {
      if (!first) print(out, ",");
      first = false;
      printTask(out, task, at);
    } else {
      print(&failures, "%s{\"arn\":\"%.*s\",\"reason\":\"MISSING\"}", failures.count ? "," : "", (int)arn.count, arn.bytes);
    }
    list.bytes = arn.bytes + arn.count + 1;
  }
  print(out, "],\"failures\":[%.*s]}", (int)failures.count, failures.bytes ? failures.bytes : "");
  free(failures.bytes);
}

static void list(Text *out, Slice body, int64_t at) {
  Slice startedBy = member(body, "startedBy"), family = member(body, "family"), next = member(body, "nextToken");
  bool wantsOver = is(member(body, "desiredStatus"), "STOPPED");
  size_t number = next.bytes ? strtoul(next.bytes, NULL, 10) : 0, end = taskCount, found = 0;
  if (startedBy.bytes && !next.bytes) {
    // Those of one startedBy after the first are rare enough to be looked for.
    uint32_t first = byStartedBy.size ? *slot(&byStartedBy, startedBy, startedByOf) : 0;
    number = first ? first - 1 : end;
    if (!repeatedStartedBy && first) end = first;
  }
  print(out, "{\"taskArns\":[");
  for (; number < end && found < PAGE; number++) {
    Task *task = &tasks[number];
    if (isOver(task, at) != wantsOver || (startedBy.bytes && !is(startedBy, task->startedBy))
      || (family.bytes && !is(family, task->definition))) continue;
    print(out, "%s\"" REGION "task/%s/%032zx\"", found++ ? "," : "", task->cluster, number + 1);
  }
  print(out, "]");
  if (number < end) print(out, ",\"nextToken\":\"%zu\"", number);
  print(out, "}");
}

static int stopTask(Text *out, Slice body, int64_t at) {
  Task *task = named(member(body, "task"));
  if (!task) {
    print(out, "{\"__type\":\"InvalidParameterException\",\"message\":\"The referenced task was not found.\"}");
    return 400;
  }
  stop(task, at, 143, "stopped by a caller");
  print(out, "{\"task\":");
  printTask(out, task, at);
  print(out, "}");
  return 200;
}

static void definition(Text *out, Slice body) {
  Slice name = member(body, "taskDefinition");
  const char *slash = name.bytes ? memrchr(name.bytes, '/', name.count) : NULL;
  if (slash) name = (Slice){slash + 1, name.count - (size_t)(slash + 1 - name.bytes)};
  const char *colon = name.bytes ? memchr(name.bytes, ':', name.count) : NULL;
  if (colon) name.count = (size_t)(colon - name.bytes);
  print(out,
    "{\"taskDefinition\":{\"taskDefinitionArn\":\"" REGION "task-definition/%.*s:1\",\"family\":\"%.*s\",\"revision\":1,"
    "\"status\":\"ACTIVE\",\"containerDefinitions\":[{\"name\":\"app\",\"image\":\"app\",\"essential\":true}]},\"tags\":[]}",
    (int)name.count, name.bytes ? name.bytes : "", (int)name.count, name.bytes ? name.bytes : "");
}

static int call(Text *out, int operation, Slice body) {
  int64_t at = now();
  calls[operation]++;
  switch (operation) {
  case RUN:
    print(out, "{\"failures\":[],\"tasks\":[");
    printTask(out, start(body, at), at);
    print(out, "]}");
    return 200;
  case DESCRIBE: describe(out, body, at); return 200;
  case LIST: list(out, body, at); return 200;
  case STOP: return stopTask(out, body, at);
  case DEFINITION: definition(out, body); return 200;
  case PUBLISH:
    print(out,
      "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>%032llx</MessageId>"
      "</PublishResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></PublishResponse>", calls[PUBLISH]);
    return 200;
  default:
    print(out, "{\"__type\":\"UnknownOperationException\"}");
    return 400;
  }
}

/* MARK: What is beside AWS */

static void counts(Text *out) {
  int64_t at = now();
  size_t over = 0;
  struct rusage usage;
  for (size_t i = 0; i < taskCount; i++) over += isOver(&tasks[i], at);
  getrusage(RUSAGE_SELF, &usage);
  print(out, "{\"calls\":{");
  for (int i = 0; i < OPERATIONS; i++) print(out, "%s\"%s\":%lld", i ? "," : "", operationNames[i], calls[i]);
  print(out, "},\"described\":%lld,\"tasks\":{\"started\":%zu,\"running\":%zu,\"stopped\":%zu}", described, taskCount,
    taskCount - over, over);
  print(out, ",\"repeatedTokens\":%lld,\"repeatedStartedBy\":%lld", repeatedTokens, repeatedStartedBy);
  if (taskCount) {
    print(out, ",\"firstArrival\":%.6f,\"lastArrival\":%.6f", (double)tasks[0].arrivedAt / 1e6,
      (double)tasks[taskCount - 1].arrivedAt / 1e6);
  } else {
    print(out, ",\"firstArrival\":null,\"lastArrival\":null");
  }
  print(out, ",\"cpu\":%.3f}", (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
    + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
}

static void reset(void) {
  for (size_t i = 0; i < taskCount; i++) {
    free(tasks[i].token);
    free(tasks[i].startedBy);
    free(tasks[i].cluster);
    free(tasks[i].definition);
    free(tasks[i].container);
  }
  taskCount = 0;
  free(byToken.slots);
  free(byStartedBy.slots);
  byToken = byStartedBy = (Index){0};
  memset(calls, 0, sizeof calls);
  described = repeatedTokens = repeatedStartedBy = 0;
}

static bool aside(Text *out, Slice target) {
  if (is(target, "/_endpoint/counts")) {
    counts(out);
  } else if (is(target, "/_endpoint/arrivals")) {
    print(out, "[");
    for (size_t i = 0; i < taskCount; i++) print(out, "%s%.6f", i ? "," : "", (double)tasks[i].arrivedAt / 1e6);
    print(out, "]");
  } else if (is(target, "/_endpoint/stop")) {
    int64_t at = now();
    size_t stopped = 0;
    for (size_t i = 0; i < taskCount; i++) {
      stopped += !isOver(&tasks[i], at);
      stop(&tasks[i], at, 0, "Essential container in task exited");
    }
    print(out, "{\"at\":%.6f,\"stopped\":%zu}", (double)at / 1e6, stopped);
  } else if (target.count > 18 && memcmp(target.bytes, "/_endpoint/length?", 18) == 0) {
    long long length = atoll(target.bytes + 18);
    lengthOfTasks = length < 0 ? NEVER : length * 1000;
    print(out, "{}");
  } else if (is(target, "/_endpoint/reset")) {
    reset();
    print(out, "{}");
  } else {
    return false;
  }
  return true;
}

/* MARK: HTTP */

typedef struct {
  int descriptor;
  Text in, out;
  size_t sent;
  /* An answer waits for the client to read; its next request is not read before. */
  bool isFull;
} Connection;

/* The value of a header whose name is given with its colon. */
static Slice header(Slice head, const char *name) {
  size_t length = strlen(name);
  const char *line = head.bytes, *end = head.bytes + head.count;
  while (line && line < end) {
    if ((size_t)(end - line) > length && strncasecmp(line, name, length) == 0) {
      line += length;
      while (line < end && *line == ' ') line++;
      const char *stop = memchr(line, '\r', (size_t)(end - line));
      return (Slice){line, (size_t)((stop ? stop : end) - line)};
    }
    line = memchr(line, '\n', (size_t)(end - line));
    if (line) line++;
  }
  return (Slice){NULL, 0};
}

static int operationOf(Slice head, Slice body) {
  Slice target = header(head, "x-amz-target:");
  if (!target.bytes) return find(body, "Action=Publish") ? PUBLISH : OTHER;
  const char *dot = memrchr(target.bytes, '.', target.count);
  if (!dot) return OTHER;
  Slice name = {dot + 1, target.count - (size_t)(dot + 1 - target.bytes)};
  for (int i = 0; i < PUBLISH; i++) if (is(name, operationNames[i])) return i;
  return OTHER;
}

static void answer(Connection *connection, Slice head, Slice body) {
  static Text content;
  content.count = 0;
  int status = 200;
  const char *type = "application/json";
  const char *space = memchr(head.bytes, ' ', head.count);
  Slice target = {NULL, 0};
  if (space) {
    target.bytes = space + 1;
    const char *end = memchr(space + 1, ' ', head.count - (size_t)(space + 1 - head.bytes));
    target.count = end ? (size_t)(end - target.bytes) : 0;
  }
  if (!aside(&content, target)) {
    int operation = operationOf(head, body);
    status = call(&content, operation, body);
    type = operation == PUBLISH ? "text/xml" : "application/x-amz-json-1.1";
  }
  print(&connection->out,
    "HTTP/1.1 %d %s\r\nx-amzn-RequestId: 11111111-2222-3333-4444-555555555555\r\nContent-Type: %s\r\n"
    "Content-Length: %zu\r\n\r\n", status, status == 200 ? "OK" : "Bad Request", type, content.count);
  append(&connection->out, content.bytes, content.count);
}

/* Answers every whole request in the buffer. */
static void takeRequests(Connection *connection) {
  size_t used = 0;
  for (;;) {
    Slice rest = {connection->in.bytes + used, connection->in.count - used};
    const char *end = rest.count ? find(rest, "\r\n\r\n") : NULL;
    if (!end) break;
    Slice head = {rest.bytes, (size_t)(end - rest.bytes) + 2};
    Slice length = header(head, "content-length:");
    size_t bodyCount = length.bytes ? strtoul(length.bytes, NULL, 10) : 0;
    if (rest.count < head.count + 2 + bodyCount) break;
    answer(connection, head, (Slice){end + 4, bodyCount});
    used += head.count + 2 + bodyCount;
  }
  if (used) memmove(connection->in.bytes, connection->in.bytes + used, connection->in.count -= used);
}

static void end(Connection *connection) {
  close(connection->descriptor);
  free(connection->in.bytes);
  free(connection->out.bytes);
  free(connection);
}

static void waitFor(Connection *connection, bool isFull, int poll) {
  if (connection->isFull == isFull) return;
  connection->isFull = isFull;
  struct epoll_event event = {.events = isFull ? EPOLLOUT : EPOLLIN, .data.ptr = connection};
  epoll_ctl(poll, EPOLL_CTL_MOD, connection->descriptor, &event);
}

/* Whether the connection is still there. */
static bool flush(Connection *connection, int poll) {
  while (connection->sent < connection->out.count) {
    ssize_t sent = send(connection->descriptor, connection->out.bytes + connection->sent,
      connection->out.count - connection->sent, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) {
      waitFor(connection, true, poll);
      return true;
    }
    if (sent <= 0) return false;
    connection->sent += (size_t)sent;
  }
  connection->out.count = connection->sent = 0;
  waitFor(connection, false, poll);
  return true;
}

static void serve(Connection *connection, uint32_t events, int poll) {
  bool isThere = true;
  if (events & EPOLLOUT) isThere = flush(connection, poll);
  else {
    reserve(&connection->in, 16384);
    ssize_t count = recv(connection->descriptor, connection->in.bytes + connection->in.count,
      connection->in.capacity - connection->in.count, 0);
    if (count > 0) {
      connection->in.count += (size_t)count;
      takeRequests(connection);
      isThere = flush(connection, poll);
    } else {
      isThere = count < 0 && errno == EAGAIN;
    }
  }
  if (!isThere) end(connection);
}

static void acceptAll(int listener, int poll) {
  for (;;) {
    int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) return;
    int yes = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    Connection *connection = must(calloc(1, sizeof *connection));
    connection->descriptor = descriptor;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event);
  }
}

static int listenOn(int port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 4096)) {
    perror("endpoint");
    exit(1);
  }
  getsockname(listener, (struct sockaddr *)&address, &size);
  printf("listening on http://127.0.0.1:%d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

int main(int count, char **arguments) {
  int port = 0;
  for (int i = 1; i < count; i += 2) {
    const char *value = i + 1 < count ? arguments[i + 1] : NULL;
    if (value && strcmp(arguments[i], "--port") == 0) port = atoi(value);
    else if (value && strcmp(arguments[i], "--length") == 0) lengthOfTasks = atoll(value) * 1000;
    else {
      fprintf(stderr, "usage: endpoint [--port N] [--length MILLISECONDS]\n");
      return 2;
    }
  }
  signal(SIGPIPE, SIG_IGN);
  int listener = listenOn(port), poll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event own = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(poll, EPOLL_CTL_ADD, listener, &own);
  for (;;) {
    struct epoll_event events[256];
    int ready = epoll_wait(poll, events, 256, -1);
    for (int i = 0; i < ready; i++) {
      if (events[i].data.ptr) serve(events[i].data.ptr, events[i].events, poll);
      else acceptAll(listener, poll);
    }
  }
}
