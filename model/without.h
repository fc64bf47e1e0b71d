/* Parts of training that can be left out, to measure what each brings (drumlin train --without LIST). */
#ifndef DRUMLIN_WITHOUT_H
#define DRUMLIN_WITHOUT_H

#include "model/net.h"

enum {
	WITHOUT_RECALL = 1 << 0,     /* what the whole past suggests (recall.h): never given */
	WITHOUT_EXCHANGE = 1 << 1,   /* instruments withheld, or exchanged with each other */
	WITHOUT_ENTRY = 1 << 2,      /* patterns entered at another of their bars */
	WITHOUT_CROSSING = 1 << 3,   /* a part of one loop put into another */
	WITHOUT_PLAYING_ON = 1 << 4, /* loops played on beyond their end */
	WITHOUT_AVERAGING = 1 << 5,  /* the running average of the weights: the weights themselves are kept */
	WITHOUT_WISHLESS =
	    1 << 6,             /* patterns for which nothing is wished: style and the rest are always told */
	WITHOUT_CHAIN = 1 << 7, /* instruments that know of each other within a step */
	WITHOUT_PROGRAMMING = 1 << 8, /* loops made of drummers' takes */
	WITHOUT_LAYERS = 1 << 9,      /* lines of another loop on top of one */
	WITHOUT_CHANGES = 1 << 10,    /* lines of a loop changed in a cell, or moved */
	WITHOUT_STRETCHING = 1 << 11, /* loops in half the time or twice */
	WITHOUT_TELLING = 1 << 12,    /* the network told what is not quite what people play */
	WITHOUT_EMPHASIS = 1 << 13,   /* more weight on the first pass of loops */
	WITHOUT_OPENINGS = 1 << 14,   /* more weight on the first bar of takes */
	WITHOUT_TEXT = 160
};

/* A list of names, separated by commas; false if one is unknown. */
bool without_parse(const char *list, unsigned *out);

/* All names, separated by commas. */
void without_names(char text[WITHOUT_TEXT]);

/* Zeroes what belongs to the parts left out, in the weights to start from and in every gradient: what is left
 * out has no weight, so that the model plays without it too. */
void without_weights(unsigned without, const net *n, float *w);

#endif
