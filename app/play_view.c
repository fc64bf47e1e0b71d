/* What drumlin play shows: gathered here, shown by the display's thread. [main] */
#include "app/play_state.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const double frame = 0.04, line_interval = 10.0; /* seconds */

void
stage_say(void *user, const char *line)
{
	stage *s = user;
	pthread_mutex_lock(&s->lock);
	snprintf(s->message, sizeof s->message, "%s", line);
	if (!s->display)
		fprintf(stderr, "drumlin: %s\n", line);
	else if (!s->full_screen)
		display_print(s->display, STDERR_FILENO, line);
	pthread_mutex_unlock(&s->lock);
}

dr_status
stage_open_view(stage *s, dr_error *err)
{
	display *d;
	bool full = false;
#ifdef HAVE_NCURSES
	full = !s->options.plain && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && screen_open();
#endif
	s->told_rolling = -1;
	const dr_status status = display_start(&s->player, full, &d, err);
	pthread_mutex_lock(&s->lock);
	s->display = status == DR_OK ? d : NULL;
	s->full_screen = full;
	pthread_mutex_unlock(&s->lock);
	return status;
}

static uint32_t
count_ignored(const stage *s, const engine_status *e)
{
	const player *p = &s->player;
	return atomic_load_explicit(&p->control.malformed, memory_order_relaxed) +
	       atomic_load_explicit(&p->params.rejected, memory_order_relaxed) +
	       atomic_load_explicit(&p->params.clamped, memory_order_relaxed) + e->midi_faults +
	       (s->midi ? midi_ports_faults(s->midi) : 0);
}

static void
gather(stage *s, stage_view *v)
{
	memset(v, 0, sizeof *v);
	v->player = &s->player;
	v->host = s->backend.status;
	engine_get_status(s->player.engine, &v->engine);
	composer_get_stats(s->player.composer, &v->composer);
	engine_take_peaks(s->player.engine, v->peak);
	v->load = s->load;
	v->ignored = count_ignored(s, &v->engine);
#ifdef HAVE_LIBLO
	if (s->osc) {
		v->osc_port = osc_server_port(s->osc);
		v->osc_subscribers = osc_server_subscribers(s->osc);
	}
#endif
#ifdef HAVE_LINK
	v->link_peers = s->link ? link_sync_peers(s->link) : 0;
#endif
	if (s->midi) {
		v->midi_inputs = midi_ports_count(s->midi);
		v->bound = midi_ports_bound(s->midi);
	}
	pthread_mutex_lock(&s->lock);
	memcpy(v->message, s->message, sizeof v->message);
	pthread_mutex_unlock(&s->lock);
}

/* A line every ten seconds, and whenever play begins or ends. */
static void
print_state(stage *s, double t)
{
	stage_view v;
	char line[320];
	engine_status e;
	engine_get_status(s->player.engine, &e);
	if (t < s->show_at && (int)e.rolling == s->told_rolling)
		return;
	s->told_rolling = e.rolling;
	s->show_at = t + line_interval;
	gather(s, &v);
	stage_line(&v, line, sizeof line);
	display_print(s->display, STDOUT_FILENO, line);
}

bool
stage_show(stage *s, double now)
{
	if (!s->full_screen) {
		print_state(s, now);
	} else if (now >= s->show_at) {
		stage_view v;
		gather(s, &v);
		display_post(s->display, &v);
		s->show_at = now + frame;
	}
	return !display_left(s->display);
}

void
stage_close_view(stage *s)
{
	/* A terminal that holds its display would hold whoever speaks to it next: then it stays, and takes
	 * what is said. */
	if (!s->display || !display_stop(s->display))
		return;
	pthread_mutex_lock(&s->lock);
	display *d = s->display;
	s->display = NULL;
	pthread_mutex_unlock(&s->lock);
	display_free(d);
}
