/* drumlin play: opens everything, then looks after it until the performer leaves. */
#include "app/commands.h"
#include "app/play_state.h"
#include "rt/cycles.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static _Atomic bool leave; /* lock-free: any thread may take the signal */

static void
on_signal(int signal)
{
	(void)signal;
	atomic_store_explicit(&leave, true, memory_order_relaxed);
}

static double
now(void)
{
	return (double)host_now_us() * 1e-6;
}

/* --- opening ----------------------------------------------------------------------------------------- */

static void
start_osc(stage *s)
{
#ifdef HAVE_LIBLO
	dr_error err;
	char line[128];
	osc_options o = {.bind = s->options.osc_bind,
			 .port = s->options.osc_port,
			 .n_allow = s->options.n_osc_allow,
			 .say = stage_say,
			 .user = s,
			 .token = s->options.osc_token};
	memcpy(o.allow, s->options.osc_allow, sizeof o.allow);
	if (osc_server_start(&s->player.control, &o, &s->osc, &err) != DR_OK) {
		stage_say(s, err.text);
		return;
	}
	if (o.port && osc_server_port(s->osc) != o.port) {
		snprintf(line, sizeof line, "OSC port %d is busy; listening on %d instead", o.port,
			 osc_server_port(s->osc));
		stage_say(s, line);
	}
#else
	(void)s;
#endif
}

/* Only what others can reach is worth a name. */
static void
start_mdns(stage *s)
{
#if defined HAVE_AVAHI && defined HAVE_LIBLO
	dr_error err;
	const char *bind = s->options.osc_bind;
	if (!s->osc || !bind || strncmp(bind, "127.", 4) == 0 || strcmp(bind, "::1") == 0)
		return;
	if (mdns_start(osc_server_port(s->osc), bind, stage_say, s, &s->mdns, &err) != DR_OK)
		stage_say(s, err.text);
#else
	(void)s;
#endif
}

static void
start_link(stage *s)
{
#ifdef HAVE_LINK
	dr_error err;
	if (link_sync_start(&s->player.control, &s->link, &err) != DR_OK)
		stage_say(s, err.text);
#else
	if ((int)params_get(&s->player.params, PARAM_SYNC) == SYNC_LINK)
		stage_say(s, "this drumlin was built without Link: playing on its own clock");
#endif
}

/* Ticks of the processor's time stamp per second, measured over the program's own start. */
static void
calibrate(stage *s, double begun, uint64_t begun_cycles)
{
	const double elapsed = now() - begun;
	s->cycles_per_second = elapsed > 0.0 ? (double)(cycles_now() - begun_cycles) / elapsed : 0.0;
}

static dr_status
open_stage(stage *s, const char *executable, dr_error *err)
{
	s->backend = (backend){.choice = s->options.backend,
			       .options = {.client_name = "drumlin",
					   .connect = s->options.connect,
					   .device = s->options.device,
					   .rate = s->options.rate},
			       .say = stage_say,
			       .user = s};
	host_status h;
	dr_status status = stage_open_session(s, executable, err);
	if (status == DR_OK)
		status = backend_open(&s->backend, err);
	if (status != DR_OK)
		return status;
	host_poll(s->backend.host, &h);
	status = player_open(&s->player, &s->options.music, h.rate, true, stage_say, s, err);
	if (status == DR_OK)
		status = stage_open_scenes(s, err);
	if (status != DR_OK)
		return status;
	status = kit_worker_start(s->player.engine, &s->player.params, stage_say, s, &s->kits, err);
	if (status != DR_OK)
		return status;
	/* All that has been touched stays in memory, the code that the warm-up runs included; where that much
	 * is not permitted, at least what the callback reads and writes. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) != 0 && !engine_lock_memory(s->player.engine))
		stage_say(
		    s, "memory cannot be locked (ulimit -l; on Debian join the group audio): playing all the "
		       "same");
	status = engine_warm_up(s->player.engine, err);
	if (status == DR_OK)
		status = kit_worker_choose(s->kits, &s->options.music, h.rate, err);
	if (status == DR_OK)
		status = composer_start(s->player.composer, err);
	if (status == DR_OK)
		status = backend_start(&s->backend, s->player.engine, err);
	if (status != DR_OK)
		return status;
	if (!s->backend.status.realtime)
		stage_say(s, "no real-time priority (on Debian join the group audio): playing all the same");
	start_osc(s);
	start_mdns(s);
	status = stage_start_midi(s, err);
	if (status != DR_OK)
		return status;
	start_link(s);
	status = recorder_start(s->player.engine, &s->player.params, s->options.record_to, stage_say, s,
				&s->recorder, err);
	if (status != DR_OK)
		return status;
	return stage_begin_session(s, err);
}

static void
close_stage(stage *s)
{
	stage_close_view(s);
#ifdef HAVE_AVAHI
	mdns_stop(s->mdns);
#endif
#ifdef HAVE_LIBLO
	osc_server_stop(s->osc);
#endif
#ifdef HAVE_LINK
	link_sync_stop(s->link);
#endif
	stage_keep_midi(s);
	midi_ports_stop(s->midi);
	backend_close(&s->backend);
	recorder_stop(s->recorder);
	stage_end_session(s);
	stage_close_scenes(s);
	kit_worker_stop(s->kits);
	player_close(&s->player);
}

/* --- playing -------------------------------------------------------------------------------------------- */

/* Play and stop, to whoever owns the transport. */
static void
pass_on_transport(stage *s, command_id command)
{
#ifdef HAVE_LINK
	if ((int)params_get(&s->player.params, PARAM_SYNC) == SYNC_LINK) {
		if (s->link)
			link_sync_play(s->link, command != COMMAND_STOP);
		return;
	}
#endif
	if (s->backend.host)
		host_transport(s->backend.host, command);
}

static void
take_reports(stage *s)
{
	report r;
	while (engine_take_report(s->player.engine, &r)) {
		switch (r.kind) {
		case REPORT_HIT:
			if (r.by_hand)
				composer_played(s->player.composer, r.instrument, r.velocity, r.step);
			break;
		case REPORT_KITS: kit_worker_retire(s->kits, r.kits); break;
		case REPORT_TRANSPORT: pass_on_transport(s, r.command); break;
		case REPORT_COMMAND: (void)stage_obey(s, r.command, r.value); break;
		case REPORT_MAP: free(r.map); break;
		case REPORT_LEARN:
			if (s->midi)
				midi_ports_learn(s->midi, r.message);
			break;
		case REPORT_ROLLING: composer_wake(s->player.composer); break;
		}
	}
}

/* Who is master no longer, or never was, follows the one who is: two clocks would drift apart. */
static void
look_after_master(stage *s)
{
	host_status h;
	if (!s->backend.host || !s->master)
		return;
	host_poll(s->backend.host, &h);
	if (h.master != HOST_MASTER_LOST && h.master != HOST_MASTER_REFUSED)
		return;
	stage_say(s, h.master == HOST_MASTER_LOST ? "another program has become timebase master: following it"
						  : "there is a timebase master already: following it");
	params_set(&s->player.params, PARAM_SYNC, SYNC_JACK, PARAM_SOURCE_HOST);
}

/* A server that has been restarted has its transport at the top; the song is further. */
static void
take_transport_along(stage *s, const engine_timeline *was)
{
	const int sync = (int)params_get(&s->player.params, PARAM_SYNC);
	if (!s->backend.host || (sync != SYNC_JACK && sync != SYNC_MASTER) || was->tempo <= 0.0)
		return;
	const reentry_anchor anchor = {.time_us = was->time_us, .seconds = was->quarter * 60.0 / was->tempo};
	host_go_on(s->backend.host, &anchor);
}

static void
look_after_host(stage *s, double t)
{
	const bool was_lost = s->backend.lost;
	engine_timeline before;
	const bool known = engine_get_timeline(s->player.engine, &before);
	if (backend_watch(&s->backend, s->player.engine, t))
		kit_worker_load(s->kits, s->backend.status.rate);
	const bool back = was_lost && !s->backend.lost;
	if (back)
		s->master = 0; /* another server does not know of us */
	const int master = (int)params_get(&s->player.params, PARAM_SYNC) == SYNC_MASTER;
	if (s->backend.host && master != s->master) {
		host_set_master(s->backend.host, master != 0,
				params_get(&s->player.params, PARAM_SYNC_POLITE) >= 0.5f);
		s->master = master;
	}
	/* In silence the set went on: it does not stop because sound is back. */
	if (back && known && before.playing)
		take_transport_along(s, &before);
	look_after_master(s);
	if (t >= s->load_at && s->backend.status.rate && s->cycles_per_second > 0.0) {
		engine_status e;
		engine_get_status(s->player.engine, &e);
		const double period = (double)e.period / s->backend.status.rate;
		const double spent = (double)engine_take_cycles_max(s->player.engine) / s->cycles_per_second;
		s->load = period > 0.0 ? (float)(spent / period) : -1.0f;
		s->load_at = t + 1.0;
	}
}

static void
perform(stage *s)
{
	/* The audio thread wakes nobody: its reports have to be looked for, and whether a scene's line is
	 * near (within 15 ms, app/scenes.c). */
	const struct timespec pause = {0, 10000000}; /* 10 ms */
	const double patience = now() + 3.0;         /* without any kit it still sends notes */
	double watch_at = 0.0;
	bool started = !s->options.start;
	while (!atomic_load_explicit(&leave, memory_order_relaxed)) {
		const double t = now();
		take_reports(s);
		stage_watch_scenes(s, t);
		if (t >= watch_at) {
			look_after_host(s, t);
			stage_keep_session(s);
			stage_keep_midi(s);
			watch_at = t + 0.1;
		}
		if (!started) {
			engine_status e;
			engine_get_status(s->player.engine, &e);
			started = e.has_kits || t > patience;
			if (started)
				control_command(&s->player.control, COMMAND_PLAY, -1, 1.0f);
		}
		if (!stage_show(s, t))
			break;
		nanosleep(&pause, NULL);
	}
}

int
cmd_play(int argc, char **argv)
{
	static stage s;
	dr_error err;
	const double begun = now();
	const uint64_t begun_cycles = cycles_now();
	dr_status status = play_options_parse(&s.options, argc, argv, &err);
	if (status == DR_OK && s.options.help) {
		play_options_help(stdout);
		return 0;
	}
	pthread_mutex_init(&s.lock, NULL);
	struct sigaction action = {.sa_handler = on_signal};
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (status == DR_OK)
		status = open_stage(&s, program_invocation_name, &err);
	if (status == DR_OK) {
		calibrate(&s, begun, begun_cycles);
		status = stage_open_view(&s, &err);
	}
	if (status == DR_OK)
		perform(&s);
	close_stage(&s);
	if (status != DR_OK) {
		fprintf(stderr, "drumlin: %s\n", err.text);
		if (status == DR_USAGE)
			fputs("Try drumlin --help.\n", stderr);
	}
	return status_exit_code(status);
}
