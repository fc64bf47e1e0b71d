/* The one table of parameters and commands. OSC paths, MIDI maps, the screen, --help, the layouts and
 * the manual all come from here; nothing is listed twice. Included by param.h and param.c only, each with
 * its own definitions of the three macros. */

/* PARAM_GLOBAL(ID, path, kind, low, high, default, unit, curve, smoothing ms, flags, help) */
#define PARAM_GLOBALS(P)                                                                                     \
	P(TEMPO, "tempo", FLOAT, 20, 300, 130, "bpm", LINEAR, 0, SAVED, "tempo in quarter notes a minute")   \
	P(DENSITY, "density", FLOAT, 0, 1, 0.5, "", LINEAR, 0, SAVED | REPLAN,                               \
	  "hits per bar, from almost none to almost all; 0.5 is what the style plays")                       \
	P(TEMPERATURE, "temperature", FLOAT, 0, 2, 1, "", LINEAR, 0, SAVED | REPLAN,                         \
	  "0 plays the likeliest, 1 as learned, 2 wild")                                                     \
	P(SWING, "swing", FLOAT, 0, 1, 0, "", LINEAR, 0, SAVED,                                              \
	  "delay of every second step: 0 straight, 0.67 triplets, 1 dotted (75 %)")                          \
	P(HUMANIZE, "humanize", FLOAT, 0, 1, 1, "", LINEAR, 0, SAVED,                                        \
	  "share of the drummer's own microtiming")                                                          \
	P(STYLE, "style", INTEGER, 0, 48, 0, "", LINEAR, 0, SAVED | REPLAN,                                  \
	  "style by number; 0 mixes all (names: drumlin controls)")                                          \
	P(VOLUME, "volume", FLOAT, 0, 1, 0.7, "", LINEAR, 10, SAVED,                                         \
	  "main level; 0.7 leaves room for a full groove, 1 is 6 dB more")                                   \
	P(SEED, "seed", INTEGER, 0, 16777215, 1, "", LINEAR, 0, SAVED | REPLAN, "same seed, same music")     \
	P(FREEZE, "freeze", INTEGER, 0, 4, 0, "bars", LINEAR, 0, SAVED | REPLAN,                             \
	  "loops the last N bars; 0 composes on")                                                            \
	P(METRE, "metre", INTEGER, 0, 5, 0, "", LINEAR, 0, SAVED,                                            \
	  "from the next bar line: 0 4/4, 1 3/4, 2 5/4, 3 6/8, 4 7/8, 5 12/8")                                \
	P(TRIPLETS, "triplets", TOGGLE, 0, 1, 0, "", LINEAR, 0, SAVED,                                       \
	  "six steps to a quarter instead of four, from the next bar line")                                  \
	P(SYNC, "sync", INTEGER, 0, 4, 0, "", LINEAR, 0, SAVED,                                              \
	  "0 own clock, 1 follows JACK transport, 2 is JACK timebase master, 3 follows MIDI clock, 4 Link")  \
	P(SYNC_TEMPO, "sync/tempo", TOGGLE, 0, 1, 1, "", LINEAR, 0, SAVED,                                   \
	  "follows the JACK timebase master's tempo and bars; 0 keeps its own")                              \
	P(SYNC_POSITION, "sync/position", TOGGLE, 0, 1, 1, "", LINEAR, 0, SAVED,                             \
	  "follows the JACK transport's position; 0 takes start and stop alone")                             \
	P(SYNC_POLITE, "sync/polite", TOGGLE, 0, 1, 0, "", LINEAR, 0, SAVED,                                 \
	  "becomes JACK timebase master only where nobody else is")                                          \
	P(CLOCK_OUT, "clock/out", INTEGER, 0, 2, 0, "", LINEAR, 0, SAVED,                                    \
	  "sends MIDI clock: 0 never, 1 while playing, 2 always")                                            \
	P(CLOCK_OFFSET, "clock/offset", FLOAT, -100, 100, 0, "ms", LINEAR, 0, SAVED,                         \
	  "plays that much later than an incoming MIDI clock")                                               \
	P(KIT_X, "kit/x", FLOAT, 0, 1, 0, "", LINEAR, 20, SAVED,                                             \
	  "place between the left and right corner kits")                                                    \
	P(KIT_Y, "kit/y", FLOAT, 0, 1, 0, "", LINEAR, 20, SAVED,                                             \
	  "place between the upper and lower corner kits")

/* The same for each of the twelve instruments: /drumlin/BD/level ... */
#define PARAM_INSTRUMENTS(P)                                                                                 \
	P(LEVEL, "level", FLOAT, 0, 1, 0.7, "", LINEAR, 10, SAVED, "fader; 0.7 is unity, 1 is +6 dB")        \
	P(PAN, "pan", FLOAT, -1, 1, 0, "", LINEAR, 10, SAVED, "-1 left, 1 right")                            \
	P(MUTE, "mute", TOGGLE, 0, 1, 0, "", LINEAR, 3, SAVED, "silent while 1")                             \
	P(SOLO, "solo", TOGGLE, 0, 1, 0, "", LINEAR, 3, SAVED, "only the instruments that have 1 are heard") \
	P(TUNE, "tune", FLOAT, -24, 24, 0, "semitones", LINEAR, 0, SAVED, "pitch of the samples")            \
	P(DECAY, "decay", FLOAT, 0.02, 1, 1, "", LINEAR, 0, SAVED,                                           \
	  "length of the sound; 1 is the sample's own")                                                      \
	P(INST_DENSITY, "density", FLOAT, 0, 1, 0.5, "", LINEAR, 0, SAVED | REPLAN,                          \
	  "0 never, 0.5 as the style plays, 1 very often")                                                   \
	P(KIT_OWN, "kit/own", TOGGLE, 0, 1, 0, "", LINEAR, 20, SAVED,                                        \
	  "1 gives it a place of its own between the corner kits")                                           \
	P(INST_KIT_X, "kit/x", FLOAT, 0, 1, 0, "", LINEAR, 20, SAVED, "its own place, left to right")        \
	P(INST_KIT_Y, "kit/y", FLOAT, 0, 1, 0, "", LINEAR, 20, SAVED, "its own place, top to bottom")

/* COMMAND(ID, path, scope, help). Every command takes no argument or one number; 0 is a button's
 * release and does nothing. */
#define PARAM_COMMANDS(C)                                                                                    \
	C(PLAY, "play", GLOBAL, "starts from the top")                                                       \
	C(STOP, "stop", GLOBAL, "stops")                                                                     \
	C(CONTINUE, "continue", GLOBAL, "goes on where it was stopped")                                      \
	C(TOGGLE_PLAY, "toggle", GLOBAL, "stops if playing, else plays")                                     \
	C(TAP, "tap", GLOBAL, "tempo by tapping quarter notes")                                              \
	C(REGENERATE, "regenerate", GLOBAL, "composes something else from the next step on")                 \
	C(FILL, "fill", GLOBAL, "a fill up to the next bar line")                                            \
	C(SAVE, "save", GLOBAL, "writes the session to its file")                                            \
	C(PANIC, "panic", GLOBAL, "cuts all sound at once")                                                  \
	C(TRIGGER, "trigger", INSTRUMENT, "plays the instrument; velocity 0..1 or 1..127")
