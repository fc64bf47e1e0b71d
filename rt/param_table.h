/* The one table of parameters and commands. OSC paths, MIDI maps, the screen, --help, the layouts and
 * the manual all come from here; nothing is listed twice. Included by param.h and param.c only, each with
 * its own definitions of the three macros. */

/* PARAM_GLOBAL(ID, path, kind, low, high, default, unit, curve, smoothing ms, flags, help). A CHOICE counts
 * from 0 and has the names of its values, with bars between them, in the place of the unit. */
#define PARAM_GLOBALS(P)                                                                                     \
	P(TEMPO, "tempo", FLOAT, 20, 300, 130, "bpm", LINEAR, 0, SAVED | SET,                                \
	  "tempo in quarter notes a minute")                                                                 \
	P(DENSITY, "density", FLOAT, 0, 1, 0.5, "", LINEAR, 0, SAVED | REPLAN,                               \
	  "hits per bar, from almost none to almost all; 0.5 is what the style plays")                       \
	P(TEMPERATURE, "temperature", FLOAT, 0, 2, 1, "", LINEAR, 0, SAVED | REPLAN,                         \
	  "0 plays the likeliest, 1 as learned, 2 wild")                                                     \
	P(ROLLS, "rolls", FLOAT, 0, 1, 0.5, "", LINEAR, 0, SAVED | REPLAN,                                   \
	  "hits of several strokes: 0 none, 0.5 as learned, 1 very many")                                    \
	P(SWING, "swing", FLOAT, 0, 1, 0, "", LINEAR, 0, SAVED,                                              \
	  "delay of every second step: 0 straight, 0.67 triplets, 1 dotted (75 %)")                          \
	P(HUMANIZE, "humanize", FLOAT, 0, 1, 1, "", LINEAR, 0, SAVED,                                        \
	  "share of the drummer's own microtiming")                                                          \
	P(STYLE, "style", INTEGER, 0, 48, 0, "", LINEAR, 0, SAVED | REPLAN,                                  \
	  "style by number; 0 mixes all (names: drumlin controls)")                                          \
	P(STYLE_2, "style/2", INTEGER, 0, 48, 0, "", LINEAR, 0, SAVED | REPLAN,                              \
	  "style at the right of the style pad, by number; 0 none")                                          \
	P(STYLE_3, "style/3", INTEGER, 0, 48, 0, "", LINEAR, 0, SAVED | REPLAN, "style at its lower left")   \
	P(STYLE_4, "style/4", INTEGER, 0, 48, 0, "", LINEAR, 0, SAVED | REPLAN, "style at its lower right")  \
	P(STYLE_X, "style/x", FLOAT, 0, 1, 0, "", LINEAR, 0, SAVED | REPLAN,                                 \
	  "place between the left and right styles")                                                         \
	P(STYLE_Y, "style/y", FLOAT, 0, 1, 0, "", LINEAR, 0, SAVED | REPLAN,                                 \
	  "place between the upper and lower styles")                                                        \
	P(HAND, "hand", CHOICE, 0, 3, 0, "style|machine|drummer|any", LINEAR, 0, SAVED | REPLAN,             \
	  "who plays: whoever plays most of the style, a machine on its grid, a drummer, or either")         \
	P(VOLUME, "volume", FLOAT, 0, 1, 0.7, "", LINEAR, 10, SAVED | SET,                                   \
	  "main level; 0.7 leaves room for a full groove, 1 is 6 dB more")                                   \
	P(SEED, "seed", INTEGER, 0, 16777215, 1, "", LINEAR, 0, SAVED | REPLAN, "same seed, same music")     \
	P(FREEZE, "freeze", INTEGER, 0, 4, 0, "bars", LINEAR, 0, SAVED | REPLAN,                             \
	  "loops the last N bars; 0 composes on")                                                            \
	P(REPEAT, "repeat", FLOAT, 0, 1, 0, "", LINEAR, 0, SAVED | REPLAN,                                   \
	  "0 composes through, 1 repeats the phrase")                                                        \
	P(PHRASE, "phrase", CHOICE, 0, 4, 2, "1|2|4|8|16", LINEAR, 0, SAVED | REPLAN, "bars of a phrase")    \
	P(PATTERN_BARS, "pattern/bars", INTEGER, 1, 4, 1, "bars", LINEAR, 0, SAVED | REPLAN,                 \
	  "length of the pattern of fixed cells, after which it comes round")                                \
	P(SCENE_WHEN, "scene/when", CHOICE, 0, 2, 1, "now|bar|phrase", LINEAR, 0, SAVED | SET,               \
	  "when a scene that is called begins")                                                              \
	P(SCENE_A, "scene/a", INTEGER, 0, 16, 0, "", LINEAR, 0, SAVED | SET,                                 \
	  "scene that scene/morph begins at")                                                                \
	P(SCENE_B, "scene/b", INTEGER, 0, 16, 0, "", LINEAR, 0, SAVED | SET,                                 \
	  "scene that scene/morph ends at")                                                                  \
	P(SCENE_MORPH, "scene/morph", FLOAT, 0, 1, 0, "", LINEAR, 0, SAVED | SET, "place between the two")   \
	P(SCENE_CURRENT, "scene/current", INTEGER, 0, 16, 0, "", LINEAR, 0, SHOWN,                           \
	  "scene that was called last")                                                                      \
	P(SCENE_NEXT, "scene/next", INTEGER, 0, 16, 0, "", LINEAR, 0, SHOWN,                                 \
	  "scene that waits for its line; 0 none")                                                           \
	P(SCENES_USED, "scene/used", INTEGER, 0, 65535, 0, "", LINEAR, 0, SHOWN,                             \
	  "a bit for each scene that is not empty, 1 for the first")                                         \
	P(RECORD, "record", TOGGLE, 0, 1, 0, "", LINEAR, 0, SET,                                             \
	  "writes the set to disk, sound and MIDI, while 1")                                                 \
	P(RECORD_TRACKS, "record/tracks", CHOICE, 0, 1, 0, "main|all", LINEAR, 0, SAVED | SET,               \
	  "all: the twelve instruments in files of their own, too")                                          \
	P(METRE, "metre", CHOICE, 0, 5, 0, "4/4|3/4|5/4|6/8|7/8|12/8", LINEAR, 0, SAVED,                     \
	  "beats of a bar, from the next bar line on")                                                       \
	P(TRIPLETS, "triplets", TOGGLE, 0, 1, 0, "", LINEAR, 0, SAVED,                                       \
	  "six steps to a quarter instead of four, from the next bar line")                                  \
	P(SYNC, "sync", CHOICE, 0, 4, 0, "internal|jack|master|midi|link", LINEAR, 0, SAVED | SET,           \
	  "whose time it is: its own, JACK transport's, its own as JACK timebase master, MIDI clock's, "     \
	  "Link's")                                                                                          \
	P(SYNC_TEMPO, "sync/tempo", TOGGLE, 0, 1, 1, "", LINEAR, 0, SAVED | SET,                             \
	  "follows the JACK timebase master's tempo and bars; 0 keeps its own")                              \
	P(SYNC_POSITION, "sync/position", TOGGLE, 0, 1, 1, "", LINEAR, 0, SAVED | SET,                       \
	  "follows the JACK transport's position; 0 takes start and stop alone")                             \
	P(SYNC_POLITE, "sync/polite", TOGGLE, 0, 1, 0, "", LINEAR, 0, SAVED | SET,                           \
	  "becomes JACK timebase master only where nobody else is")                                          \
	P(CLOCK_OUT, "clock/out", CHOICE, 0, 2, 0, "off|playing|always", LINEAR, 0, SAVED | SET,             \
	  "when MIDI clock is sent")                                                                         \
	P(CLOCK_OFFSET, "clock/offset", FLOAT, -100, 100, 0, "ms", LINEAR, 0, SAVED | SET,                   \
	  "plays that much later than an incoming MIDI clock")                                               \
	P(DELAY_TIME, "delay/time", CHOICE, 0, 11, 7,                                                        \
	  "1/32|1/16T|1/16|1/8T|1/16D|1/8|1/4T|1/8D|1/4|1/4D|1/2|1/1", LINEAR, 0, SAVED,                     \
	  "time between echoes as a note value; T triplet, D dotted")                                        \
	P(DELAY_FEEDBACK, "delay/feedback", FLOAT, 0, 0.95, 0.4, "", LINEAR, 20, SAVED,                      \
	  "what each echo leaves of the one before")                                                         \
	P(DELAY_TONE, "delay/tone", FLOAT, 200, 20000, 5000, "Hz", LOG, 20, SAVED,                           \
	  "low pass that each echo goes through once more")                                                  \
	P(DELAY_LEVEL, "delay/level", FLOAT, 0, 1, 0.7, "", LINEAR, 10, SAVED, "fader of the echoes")        \
	P(REVERB_SIZE, "reverb/size", FLOAT, 0.2, 10, 1.5, "s", LOG, 50, SAVED,                              \
	  "size of the room: the time in which its sound falls by 60 dB")                                    \
	P(REVERB_DAMPING, "reverb/damping", FLOAT, 0, 1, 0.4, "", LINEAR, 50, SAVED,                         \
	  "0 hard walls, 1 curtains: the treble dies ten times as fast")                                     \
	P(REVERB_LEVEL, "reverb/level", FLOAT, 0, 1, 0.7, "", LINEAR, 10, SAVED, "fader of the room")        \
	P(DUCK_AMOUNT, "duck/amount", FLOAT, 0, 1, 0, "", LINEAR, 10, SAVED,                                 \
	  "how far each kick turns the others, echoes and room down; 0 not at all")                          \
	P(DUCK_RELEASE, "duck/release", FLOAT, 0.5, 16, 3, "steps", LOG, 0, SAVED,                           \
	  "how long they take to come back")                                                                 \
	P(LEARN, "learn", TOGGLE, 0, 1, 0, "", LINEAR, 0, 0,                                                 \
	  "while 1, the next control that moves on a controller is bound to the parameter touched last")     \
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
	P(HOLD, "hold", FLOAT, 0, 500, 0, "ms", LINEAR, 0, SAVED, "time at full level before the decay")     \
	P(DRIVE, "drive", FLOAT, 0, 1, 0, "", LINEAR, 10, SAVED, "saturation; 0 off")                        \
	P(FILTER_MODE, "filter/mode", CHOICE, 0, 3, 0, "off|low|band|high", LINEAR, 5, SAVED,                \
	  "what the filter lets through")                                                                    \
	P(FILTER_CUTOFF, "filter/cutoff", FLOAT, 20, 20000, 1000, "Hz", LOG, 10, SAVED,                      \
	  "where it begins to act")                                                                          \
	P(FILTER_RESONANCE, "filter/resonance", FLOAT, 0, 1, 0, "", LINEAR, 10, SAVED,                       \
	  "peak at the cutoff; 1 whistles (Q 20)")                                                           \
	P(SEND_DELAY, "send/delay", FLOAT, 0, 1, 0, "", LINEAR, 10, SAVED, "what goes to the delay")         \
	P(SEND_REVERB, "send/reverb", FLOAT, 0, 1, 0, "", LINEAR, 10, SAVED, "what goes to the reverb")      \
	P(DUCK, "duck", FLOAT, 0, 1, 1, "", LINEAR, 10, SAVED,                                               \
	  "its share of the ducking; the kick itself is never ducked")                                       \
	P(INST_DENSITY, "density", FLOAT, 0, 1, 0.5, "", LINEAR, 0, SAVED | REPLAN,                          \
	  "0 never, 0.5 as the style plays, 1 very often")                                                   \
	P(LOCK, "lock", TOGGLE, 0, 1, 0, "", LINEAR, 0, SAVED | REPLAN,                                      \
	  "repeats its part of the last bars (freeze's number, else one) while the others go on")            \
	P(KIT_OWN, "kit/own", TOGGLE, 0, 1, 0, "", LINEAR, 20, SAVED,                                        \
	  "1 gives it a place of its own between the corner kits")                                           \
	P(INST_KIT_X, "kit/x", FLOAT, 0, 1, 0, "", LINEAR, 20, SAVED, "its own place, left to right")        \
	P(INST_KIT_Y, "kit/y", FLOAT, 0, 1, 0, "", LINEAR, 20, SAVED, "its own place, top to bottom")        \
	P(OUT_CHANNEL, "out/channel", INTEGER, 1, 16, 10, "", LINEAR, 0, SAVED | SET,                        \
	  "MIDI channel of its notes")                                                                       \
	P(OUT_NOTE, "out/note", INTEGER, -1, 127, -1, "", LINEAR, 0, SAVED | SET,                            \
	  "MIDI note that it sends; -1 is General MIDI's")                                                   \
	P(OUT_LENGTH, "out/length", FLOAT, 1, 2000, 40, "ms", LOG, 0, SAVED | SET, "length of its notes")

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
	C(VARY, "vary", GLOBAL, "composes the next bar anew")                                                \
	C(MUTATE, "mutate", GLOBAL, "changes that many cells of what repeats")                               \
	C(KEEP, "pattern/keep", GLOBAL, "fixes the cells of the bar that is playing as they are")            \
	C(CLEAR, "pattern/clear", GLOBAL, "frees all cells")                                                 \
	C(SCENE, "scene", GLOBAL, "calls the scene of that number, 1 to 16")                                 \
	C(SCENE_STORE, "scene/store", GLOBAL, "puts everything musical into the scene of that number")       \
	C(SCENE_CLEAR, "scene/clear", GLOBAL, "empties the scene of that number")                            \
	C(SCENE_COPY, "scene/copy", GLOBAL, "copies the scene called last to that number")                   \
	C(UNDO, "undo", GLOBAL, "takes back the last gesture")                                               \
	C(REDO, "redo", GLOBAL, "does it again")                                                             \
	C(UNLEARN, "unlearn", GLOBAL, "forgets what was learned for the parameter touched last")             \
	C(SAVE, "save", GLOBAL, "writes the session to its file")                                            \
	C(PANIC, "panic", GLOBAL, "cuts all sound at once")                                                  \
	C(TRIGGER, "trigger", INSTRUMENT, "plays the instrument; velocity 0..1 or 1..127")
