/* Everything that makes music, wired together; play and render differ in the host alone.
 *
 * player_open builds it, player_close takes it apart; in between the parts are used through their own
 * headers. Main thread. */
#ifndef DRUMLIN_PLAYER_H
#define DRUMLIN_PLAYER_H

#include "app/options.h"
#include "model/composer.h"
#include "rt/control.h"

#include <stdatomic.h>

typedef struct player {
	params params;
	plan *plan;
	midi_map map;
	engine *engine;
	model *model;
	composer *composer;
	control control;
} player;

/* One line about something that was put right or left out; ends without newline. */
typedef void player_say_fn(void *user, const char *line);

/* forgiving: a model that is missing or bad is said and the default taken instead (play); otherwise it is an
 * error (render). Errors: DR_BAD_INPUT, DR_USAGE (no such style), DR_FAILED. */
dr_status player_open(player *p, const music_options *o, uint32_t rate, bool forgiving, player_say_fn *say,
		      void *user, dr_error *err) DR_CHECKED;
void player_close(player *p);

/* Loads the kits of the options (or the default one) at `rate` into a set. forgiving: as above. Says once a
 * second how far it is. Once *cancel (which may be NULL) is true it ends with DR_CANCELLED, within one
 * sample's time. Any thread but the audio thread. */
dr_status player_load_kits(const music_options *o, uint32_t rate, bool forgiving, const atomic_bool *cancel,
			   player_say_fn *say, void *user, kit_set **out, dr_error *err) DR_CHECKED;

/* Puts the morphs of the places that the parameters ask for into a set that is not published yet, at once:
 * what the kit worker does while it plays. Errors: DR_FAILED (memory). Any thread but the audio thread. */
dr_status player_morph_kits(const params *p, kit_set *set, dr_error *err) DR_CHECKED;

#endif
