/* A ring of fixed-size elements between exactly one writing and one reading thread. Wait-free: a full
 * ring refuses, nothing ever blocks.
 *
 * Ownership: ring_init allocates, ring_free frees; in between each side calls only its own functions. */
#ifndef DRUMLIN_RING_H
#define DRUMLIN_RING_H

#include "rt/status.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct ring {
	/* The writer's and the reader's index on cache lines of their own, away from what both only read. */
	alignas(64) _Atomic uint32_t head; /* next to write; stored by the writer only */
	alignas(64) _Atomic uint32_t tail; /* next to read; stored by the reader only */
	alignas(64) unsigned char *data;
	uint32_t mask;
	uint32_t element;
} ring;

/* Room for `capacity` elements (a power of two) of `element` bytes, all pages touched. [set-up] */
dr_status ring_init(ring *r, uint32_t capacity, size_t element, dr_error *err) DR_CHECKED;
void ring_free(ring *r);

/* Copies one element in; false if the ring is full. [writer] */
static inline bool
ring_push(ring *r, const void *element)
{
	const uint32_t head = atomic_load_explicit(&r->head, memory_order_relaxed); /* own index */
	/* Acquire: the reader's copy out of the slot has ended before we write over it. */
	const uint32_t tail = atomic_load_explicit(&r->tail, memory_order_acquire);
	if (head - tail > r->mask)
		return false;
	memcpy(r->data + (size_t)(head & r->mask) * r->element, element, r->element);
	/* Release: the element is there before the index says so. */
	atomic_store_explicit(&r->head, head + 1, memory_order_release);
	return true;
}

/* Copies the oldest element out; false if the ring is empty. [reader] */
static inline bool
ring_pop(ring *r, void *element)
{
	const uint32_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed); /* own index */
	const uint32_t head = atomic_load_explicit(&r->head, memory_order_acquire); /* sees the element */
	if (head == tail)
		return false;
	memcpy(element, r->data + (size_t)(tail & r->mask) * r->element, r->element);
	atomic_store_explicit(&r->tail, tail + 1, memory_order_release); /* the slot may be reused */
	return true;
}

#endif
