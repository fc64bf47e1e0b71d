/* One status type for the whole program, and the line that goes with it.
 *
 * Every function that can fail returns a dr_status and takes a dr_error (which may be NULL) that it
 * fills with one line naming the thing at fault and, where there is one, the remedy. Nothing prints
 * on the way: the edge (app/) does. Reentrant; any thread but the audio thread. */
#ifndef DRUMLIN_STATUS_H
#define DRUMLIN_STATUS_H

#define DR_CHECKED __attribute__((warn_unused_result))
#define DR_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))

typedef enum dr_status {
	DR_OK = 0,
	DR_FAILED,      /* it failed while running: I/O, no memory, a server gone (exit code 1) */
	DR_USAGE,       /* the caller asked for something that does not exist (exit code 2) */
	DR_BAD_INPUT,   /* an input file is bad: the error names file, place and fault (exit code 3) */
	DR_UNAVAILABLE, /* a service is not there (no JACK server, no sound card): try the next one */
	DR_CANCELLED    /* the user asked to stop; what was done so far is kept */
} dr_status;

typedef struct dr_error {
	char text[480];
} dr_error;

/* Fills err (may be NULL) with a formatted line and returns status, so that callers write
 * return error_set(err, DR_BAD_INPUT, "%s: ...", path); */
dr_status error_set(dr_error *err, dr_status status, const char *fmt, ...) DR_PRINTF(3, 4);

/* The analyser sees one file at a time; this tells it what error_set returns. */
#ifdef __clang_analyzer__
#define error_set(err, status, ...) ((void)error_set((err), (status), __VA_ARGS__), (status))
#endif

/* Puts "prefix: " before the line already in err (may be NULL); returns status unchanged. */
dr_status error_prefix(dr_error *err, dr_status status, const char *prefix);

/* The process exit code that a status stands for: 0, 1, 2 or 3. */
int status_exit_code(dr_status status);

#endif
