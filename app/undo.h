/* Undo and redo of gestures: whatever a hand has set, by whichever way, from when it begins to move to when
 * it rests.
 *
 * Nobody has to announce a gesture: the parameters and cells are compared with what they were. What has
 * rested for UNDO_REST seconds and moved in the same time is one gesture; a fader that a hand still moves is
 * not in it. Scenes that are stored or cleared are announced, because they are kept elsewhere. Main thread.
 */
#ifndef DRUMLIN_UNDO_H
#define DRUMLIN_UNDO_H

#include "app/scenes.h"

enum { UNDO_GESTURES = 64 };
#define UNDO_REST 0.4

typedef struct undo undo;

/* Borrows s and its control. Errors: DR_FAILED (memory). */
dr_status undo_new(scenes *s, undo **out, dr_error *err) DR_CHECKED;
void undo_free(undo *u);

/* What is set now is where it begins: after a session is opened. Forgets all gestures. */
void undo_begin(undo *u);

/* Looks for gestures that have ended. now: seconds, any origin. To be called some ten times a second. */
void undo_watch(undo *u, double now);

/* Scene `number` was `before`, and has been set or cleared since. */
void undo_scene(undo *u, int number, const scene *before);

/* Takes back the last gesture (one that is under way ends here), or does the last one that was taken back
 * again. False: there is none. */
bool undo_back(undo *u, double now);
bool undo_forward(undo *u, double now);

/* How many gestures can be taken back, and done again. */
int undo_depth(const undo *u);
int undo_redo_depth(const undo *u);

#endif
