/* A client of the Non/New Session Manager (NSM API 1.1): announces itself, is told which session to open,
 * saves when told, says when it has something to save. Talks OSC by liblo, in a thread that only posts; the
 * main thread asks with nsm_poll() and answers. */
#ifndef DRUMLIN_NSM_H
#define DRUMLIN_NSM_H

#include "rt/status.h"

#include <stdbool.h>

typedef struct nsm nsm;

enum { NSM_PATH = 4096, NSM_NAME = 256 };

typedef enum nsm_order_kind { NSM_NOTHING, NSM_OPEN, NSM_SAVE } nsm_order_kind;
typedef struct nsm_order {
	nsm_order_kind kind;
	char path[NSM_PATH];    /* NSM_OPEN: the session's, without an ending */
	char display[NSM_NAME]; /* its name for people */
	char id[NSM_NAME];      /* ours: the name to register with JACK */
} nsm_order;

/* Codes of the API for nsm_answer(). */
enum { NSM_OK = 0, NSM_ERR_GENERAL = -1, NSM_ERR_BAD_PROJECT = -5, NSM_ERR_SAVE_FAILED = -8 };

/* Announces us to the manager at url ($NSM_URL). Errors: DR_UNAVAILABLE (no such address), DR_FAILED. [main]
 */
dr_status nsm_start(const char *url, const char *executable, nsm **out, dr_error *err) DR_CHECKED;

/* Takes the oldest order that has not been answered, waiting for it up to `seconds`. [main] */
bool nsm_poll(nsm *n, double seconds, nsm_order *order);

/* Answers the order that nsm_poll gave: NSM_OK, or a code with a line. [main] */
void nsm_answer(nsm *n, int code, const char *message);

/* Tells whether there is something to save; sent when it changes. [main] */
void nsm_dirty(nsm *n, bool dirty);

/* How far a long work has come, 0..1, and a line for the performer. [main] */
void nsm_progress(nsm *n, float share);
void nsm_message(nsm *n, const char *line);

/* The manager's name; "" before it has answered. [main] */
const char *nsm_manager(nsm *n);

void nsm_stop(nsm *n); /* NULL is allowed. [main] */

#endif
