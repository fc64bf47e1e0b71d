/* The engine: everything that happens in the audio callback, behind one function.
 *
 * A host (JACK, ALSA, wall clock, offline) calls engine_process() with buffers; the control side posts
 * commands, publishes kits and takes reports. Thread tags: [audio] the one thread that calls
 * engine_process; [control] one thread at a time (callers serialise); [any]; [set-up] while no
 * engine_process can be running. */
#ifndef DRUMLIN_ENGINE_H
#define DRUMLIN_ENGINE_H

#include "rt/kit_set.h"
#include "rt/metre.h"
#include "rt/midi_map.h"
#include "rt/param.h"
#include "rt/plan.h"
#include "rt/tape.h"
#include "rt/timeline.h"
#include "rt/transport.h"

typedef struct engine engine;

enum { SYNC_INTERNAL, SYNC_JACK, SYNC_MASTER, SYNC_MIDI, SYNC_LINK }; /* values of the sync parameter */

/* A short MIDI message at a frame of the period. */
typedef struct engine_midi {
	uint32_t frame;
	uint8_t size; /* 1..3 */
	uint8_t data[3];
} engine_midi;

/* One period, as a host hands it over. All pointers are the host's. */
typedef struct engine_io {
	uint32_t frames; /* any number; 0 is allowed */
	uint32_t lost;   /* frames between the last period and this one that nobody was asked for (an xrun) */
	uint32_t rate;   /* a change of it is taken in at this period's start */
	float *main[2];
	float *instrument[INSTRUMENTS][2]; /* NULL where nobody listens */
	const engine_midi *midi_in;        /* by rising frame */
	uint32_t n_midi_in;
	engine_midi *midi_out; /* filled by rising frame */
	uint32_t midi_out_capacity, n_midi_out;
	transport_view transport;
	/* MIDI clock that came in by another way than midi_in (PortMIDI), and the monotonic clock in
	 * microseconds at the first frame, by which its times are understood; 0: unknown. */
	uint64_t time_us;
	uint32_t latency; /* frames from the buffers to the listener's ear, as far as is known */
} engine_io;

/* Plays one period. Never allocates, locks, calls the system or waits. What arrives at a frame acts there as
 * long as that is once in 16 frames on the average; what a flood brings beyond that, and controls, up to 32
 * frames later. [audio] */
void engine_process(engine *e, engine_io *io);

/* The next period comes from another host than the last: what has passed meanwhile on the monotonic clock is
 * passed over unheard, so that the song is where it would have been. [main, while no host calls the engine]
 */
void engine_change_host(engine *e);

/* Bar, beat and tick of the next period's first frame, for JACK's timebase callback right after
 * engine_process in the same thread. frame: where the transport will be then. [audio] */
void engine_bbt(engine *e, uint64_t frame, transport_bbt *out);

/* params and plan are borrowed and must outlive the engine; so must map, which is what the host's MIDI port
 * does until another map is published. Errors: DR_FAILED (memory). [set-up] */
dr_status engine_new(params *p, plan *steps, const midi_map *map, uint32_t rate, engine **out,
		     dr_error *err) DR_CHECKED;

/* Frees the engine and every kit set that it still holds. [set-up] */
void engine_free(engine *e);

/* Locks the engine's memory and the plan into RAM and touches every page. False if the system refuses
 * to lock (it plays all the same). [set-up] */
bool engine_lock_memory(engine *e);

/* Runs every path of the callback once, effects and a kit of its own included, so that no page of code or
 * data is new when sound begins, and returns to the initial state. Errors: DR_FAILED (memory). [set-up,
 * before the first kits are published] */
dr_status engine_warm_up(engine *e, dr_error *err) DR_CHECKED;

/* MIDI clock (real time and song position) from a port that is not the host's, one of up to 255, at a time of
 * the monotonic clock. False if the ring is full. [one thread: the MIDI ports'] */
bool engine_midi_clock(engine *e, int port, const uint8_t *message, uint32_t size, uint64_t time_us);

/* The timeline that SYNC_LINK follows. [one thread] */
void engine_set_timeline(engine *e, const engine_timeline *t);

/* What goes out as MIDI, for ports that are not the host's: taken once they are wanted, at times of the
 * monotonic clock. False if there is nothing. [one thread: the MIDI ports'] */
typedef struct engine_timed_midi {
	uint64_t time_us;
	uint8_t size, data[3], port; /* port: of clock that comes in */
} engine_timed_midi;
void engine_want_midi(engine *e, bool want);
bool engine_take_midi(engine *e, engine_timed_midi *m);
/* Frames by which the main outputs are late, for the limiter's look-ahead; the instruments' own outputs are
 * not. It changes with the rate. [any] */
uint32_t engine_latency(const engine *e);

/* Has what is played written to t, or, with NULL, no longer. The tape stays the caller's: the one before may
 * be freed once engine_has_turned says so of the number that is returned (or no host calls the engine any
 * more). [control] */
uint32_t engine_set_tape(engine *e, tape *t);
bool engine_has_turned(const engine *e, uint32_t turn);
/* The plan that it plays. [any] */
const plan *engine_plan(const engine *e);

/* Posts a command; instrument is -1 but for per-instrument ones; value: velocity 1..127 of a trigger.
 * False if the ring is full. [control] */
bool engine_command(engine *e, command_id id, int instrument, float value);

/* The same, and a parameter's setting, at a time of the monotonic clock in microseconds: obeyed at the frame
 * that the host's clock (engine_io.time_us) gives that time, at once where it has passed or the host has no
 * clock. A pad and the transport are then exact to the frame, and a level begins to move there. Up to
 * ENGINE_TIMED wait; what is beyond that is obeyed at once, and counted. False if the ring is full, or value
 * is no number. Panic forgets all that waits. [control] */
enum { ENGINE_TIMED = 256 };
bool engine_command_at(engine *e, command_id id, int instrument, float value, uint64_t time_us);
bool engine_set_at(engine *e, int slot, float value, uint32_t source, uint64_t time_us);

/* One step of the plan, as plan_read. [any] */
bool engine_read_step(const engine *e, int64_t step, step_event *event);

/* Sets that the engine can hold: the current one, and those that voices in flight still play. When all are
 * taken, the older voices are cut to make room; who publishes often (a finger leaves a set behind wherever it
 * rests) keeps to half as many. At most 64: voices_use has a bit for each. */
enum { ENGINE_KIT_SLOTS = 32 };

/* Publishes a set; ownership passes to the engine. Returns a set that was never taken up and is the
 * caller's to free, or NULL. The set that is replaced comes back as a report. [control] */
kit_set *engine_publish_kits(engine *e, kit_set *set);

/* Publishes a map for the host's MIDI port, malloc'd; ownership passes to the engine. Returns one that was
 * never taken up and is the caller's to free, or NULL. The map that is replaced comes back as a report.
 * [control] */
midi_map *engine_publish_map(engine *e, midi_map *map);

/* Lights of controllers, for the host's port that leads there. False if the ring is full. [one thread: the
 * MIDI ports'] */
enum { ENGINE_LIGHT_MAX = 60 };
typedef struct engine_light {
	uint8_t size, data[ENGINE_LIGHT_MAX];
} engine_light;
bool engine_send_light(engine *e, const uint8_t *message, size_t size);
bool engine_take_light(engine *e, engine_light *light); /* [audio] */

typedef enum report_kind {
	REPORT_HIT,       /* an instrument sounded */
	REPORT_KITS,      /* a set is retired: free it */
	REPORT_TRANSPORT, /* sync follows JACK: whoever owns the transport shall carry out `command` */
	REPORT_ROLLING,   /* play began or ended */
	REPORT_COMMAND, /* `command` with `value` concerns what the control side keeps: scenes, undo, cells */
	REPORT_MAP,     /* a MIDI map is retired: free it */
	REPORT_LEARN    /* a channel message came in while `learn` was on, and did nothing else */
} report_kind;

typedef struct report {
	report_kind kind;
	command_id command;
	uint8_t instrument, velocity;
	float value;
	bool by_hand; /* a pad, not the plan */
	bool rolling;
	int64_t step; /* the step nearest in time */
	union {
		kit_set *kits;
		midi_map *map;
		uint8_t message[3]; /* REPORT_LEARN */
	};
} report;

/* Takes the oldest report; false if there is none. [control] */
bool engine_take_report(engine *e, report *r);

/* True if the plan holds every step that a period of `frames` would take now: for hosts that may wait
 * (freewheeling, offline). [audio] */
bool engine_plan_ready(const engine *e, uint32_t frames);

/* JACK's slow sync: true where the engine follows no transport, or has arrived at `frame` and the plan is of
 * that place. [audio] */
bool engine_sync_ready(const engine *e, uint64_t frame);

/* What the engine says about itself; epoch and next_step belong together, the rest is a snapshot of
 * independent values. [any] */
typedef struct engine_status {
	bool rolling;
	uint32_t epoch;        /* counts starts, stops and relocations */
	int64_t next_step;     /* first step not yet taken from the plan */
	double position;       /* in steps, at the end of the last period */
	double tempo;          /* bpm in force */
	bool master_tempo;     /* it is another timebase master's */
	bar_map bars;          /* where the bar lines are */
	bar_place place;       /* of the position */
	int sync;              /* the source of time in force */
	bool clock_locked;     /* following MIDI clock: it is there */
	uint32_t rate, period; /* frames */
	uint32_t underruns, voices, stolen, lost_reports;
	uint32_t midi_events, midi_faults; /* messages; what of the host's MIDI made no sense */
	uint32_t hurried; /* timed messages that were obeyed before their time, for want of room */
	uint32_t unheard; /* pads beyond as many as a period has frames (or 64): no hand plays them */
	bool has_kits;
	uint64_t cycles_last; /* time-stamp ticks spent in the last callback (rt/cycles.h) */
} engine_status;
void engine_get_status(const engine *e, engine_status *s);

/* Where the song is at a moment of the monotonic clock: its quarters as the present grid counts them from
 * step 0. False if nothing is known yet, or the host has no clock. [any] */
bool engine_get_timeline(const engine *e, engine_timeline *t);

/* Largest values since the last call, for meters: twelve channels, then main left and right (linear). [one
 * thread] */
enum { ENGINE_METERS = INSTRUMENTS + 2 };
void engine_take_peaks(engine *e, float peak[ENGINE_METERS]);

/* The same for a second display, which has largest values of its own. [one thread] */
void engine_take_far_peaks(engine *e, float peak[ENGINE_METERS]);

/* Largest callback time since the last call, in time-stamp ticks (rt/cycles.h). [one thread] */
uint64_t engine_take_cycles_max(engine *e);

#endif
