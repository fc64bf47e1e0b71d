#include "app/display.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

enum { WAITING = 64, WIDTH = 360, LOOK_NS = 5000000, PATIENCE_NS = 500000000 };

typedef struct waiting_line {
	int file;
	char text[WIDTH];
} waiting_line;

struct display {
	player *player;
	bool full_screen;
	pthread_t thread;
	pthread_cond_t news;  /* for lines; keys have to be looked for */
	pthread_mutex_t lock; /* around all down to `left_out`; never held while the terminal is spoken to */
	stage_view view;
	bool fresh;
	waiting_line line[WAITING];
	int first, n;
	unsigned left_out;
	_Atomic bool left; /* relaxed: stands alone */
	_Atomic bool quit; /* acquire and release: what has been printed before is taken before the end */
	_Atomic bool ended;
};

/* Not stdio: at the end of the process that would wait for whoever is held. */
static void
write_all(int file, const char *text, size_t size)
{
	while (size > 0) {
		const ssize_t n = write(file, text, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		text += n;
		size -= (size_t)n;
	}
}

static void
write_line(int file, const char *prefix, const char *text)
{
	char line[WIDTH + 16];
	const int n = snprintf(line, sizeof line, "%s%s\n", prefix, text);
	write_all(file, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
}

static bool
take_line(display *d, waiting_line *out, unsigned *left_out)
{
	pthread_mutex_lock(&d->lock);
	const bool there = d->n > 0;
	if (there) {
		*out = d->line[d->first];
		d->first = (d->first + 1) % WAITING;
		d->n--;
	}
	*left_out = there ? 0 : d->left_out;
	if (!there)
		d->left_out = 0;
	pthread_mutex_unlock(&d->lock);
	return there;
}

static void
print_waiting(display *d)
{
	waiting_line l;
	unsigned left_out;
	while (take_line(d, &l, &left_out))
		write_line(l.file, l.file == STDERR_FILENO ? "drumlin: " : "", l.text);
	if (left_out) {
		char text[64];
		snprintf(text, sizeof text, "%u lines are left out here: nobody took them", left_out);
		write_line(STDERR_FILENO, "drumlin: ", text);
	}
}

#ifdef HAVE_NCURSES
/* False when the performer quits. */
static bool
show(display *d)
{
	static stage_view v;
	if (!screen_key(d->player))
		return false;
	pthread_mutex_lock(&d->lock);
	const bool fresh = d->fresh;
	if (fresh)
		v = d->view;
	d->fresh = false;
	pthread_mutex_unlock(&d->lock);
	if (fresh)
		screen_draw(&v);
	return true;
}
#endif

/* The screen looks for keys; lines are told of. */
static void
rest(display *d)
{
	const struct timespec pause = {0, LOOK_NS};
	if (d->full_screen) {
		nanosleep(&pause, NULL);
		return;
	}
	pthread_mutex_lock(&d->lock);
	while (!d->n && !d->left_out && !atomic_load_explicit(&d->quit, memory_order_acquire))
		pthread_cond_wait(&d->news, &d->lock);
	pthread_mutex_unlock(&d->lock);
}

static void *
run(void *arg)
{
	display *d = arg;
	while (!atomic_load_explicit(&d->quit, memory_order_acquire)) {
#ifdef HAVE_NCURSES
		if (d->full_screen && !show(d)) {
			atomic_store_explicit(&d->left, true, memory_order_relaxed);
			break;
		}
#endif
		if (!d->full_screen)
			print_waiting(d);
		rest(d);
	}
#ifdef HAVE_NCURSES
	if (d->full_screen)
		screen_close();
#endif
	print_waiting(d);
	atomic_store_explicit(&d->ended, true, memory_order_release);
	return NULL;
}

dr_status
display_start(player *p, bool full_screen, display **out, dr_error *err)
{
	*out = NULL;
	display *d = calloc(1, sizeof *d);
	if (!d)
		return error_set(err, DR_FAILED, "out of memory for the display");
	d->player = p;
	d->full_screen = full_screen;
	pthread_mutex_init(&d->lock, NULL);
	pthread_cond_init(&d->news, NULL);
	if (pthread_create(&d->thread, NULL, run, d) != 0) {
		pthread_cond_destroy(&d->news);
		pthread_mutex_destroy(&d->lock);
		free(d);
		return error_set(err, DR_FAILED, "cannot start the display's thread");
	}
	pthread_setname_np(d->thread, "display");
	*out = d;
	return DR_OK;
}

void
display_post(display *d, const stage_view *v)
{
	pthread_mutex_lock(&d->lock);
	d->view = *v;
	d->fresh = true;
	pthread_mutex_unlock(&d->lock);
}

void
display_print(display *d, int file, const char *line)
{
	pthread_mutex_lock(&d->lock);
	if (d->n < WAITING) {
		waiting_line *l = &d->line[(d->first + d->n++) % WAITING];
		l->file = file;
		snprintf(l->text, sizeof l->text, "%s", line);
	} else {
		d->left_out++;
	}
	pthread_cond_signal(&d->news);
	pthread_mutex_unlock(&d->lock);
}

bool
display_left(const display *d)
{
	return atomic_load_explicit(&d->left, memory_order_relaxed);
}

/* Joins it, if it comes to its end in time. */
static bool
has_ended(display *d)
{
	const struct timespec pause = {0, LOOK_NS};
	for (int i = 0; i < PATIENCE_NS / LOOK_NS; i++) {
		if (atomic_load_explicit(&d->ended, memory_order_acquire)) {
			pthread_join(d->thread, NULL);
			return true;
		}
		nanosleep(&pause, NULL);
	}
	return false;
}

bool
display_stop(display *d)
{
	pthread_mutex_lock(&d->lock);
	atomic_store_explicit(&d->quit, true, memory_order_release);
	pthread_cond_signal(&d->news);
	pthread_mutex_unlock(&d->lock);
	if (!has_ended(d)) {
		tcflush(STDOUT_FILENO, TCOFLUSH);
		return has_ended(d);
	}
	return true;
}

void
display_free(display *d)
{
	print_waiting(d);
	pthread_cond_destroy(&d->news);
	pthread_mutex_destroy(&d->lock);
	free(d);
}
