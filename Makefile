# tv - a C toolchain that explains what a network kept, changed and forgot when it was fine-tuned.
#
#   make            programs into bin/            make check       every test (tests/README.md)
#   make demo       the whole pipeline on images that it makes itself
#   make install    PREFIX=/usr/local DESTDIR=    make bench       speed, as ratios
#
# Nothing is listed by hand: every cmd/tv-*.c is a program, every lib/*/*.c is in the library.

PREFIX  ?= /usr/local
CC      ?= cc
BUILD   ?= build
BIN     ?= bin
OPT     ?= -O3 -g
CFLAGS  ?= $(OPT)
# Option tables leave the fields that an option does not need at zero.
WARN    := -Wall -Wextra -Wpedantic -Wno-missing-field-initializers
STD     := -std=c11 -D_GNU_SOURCE -fopenmp -fno-math-errno -fno-trapping-math -ffp-contract=off
LIBS    := -llinear -lpng -ljpeg -lz -lfftw3f -lfftw3 -lprotobuf-c -lcairo -lm
INC     := -Ilib -I$(BUILD)/gen

SRC     := $(wildcard lib/*/*.c)
OBJ     := $(SRC:%.c=$(BUILD)/%.o) $(BUILD)/gen/onnx.pb-c.o
PROGS   := $(patsubst cmd/%.c,$(BIN)/%,$(wildcard cmd/tv*.c))
ONNX_PROTO ?= $(firstword $(wildcard /usr/include/onnx/onnx.proto /usr/local/include/onnx/onnx.proto))

all: $(PROGS)

# Kernels compiled once per instruction set, chosen at run time.
$(BUILD)/%_avx2.o:   ARCH := -mavx2 -mfma
$(BUILD)/%_avx512.o: ARCH := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mprefer-vector-width=512

$(BUILD)/gen/onnx.pb-c.c $(BUILD)/gen/onnx.pb-c.h &: $(ONNX_PROTO)
	@test -n "$(ONNX_PROTO)" || { echo "onnx.proto not found: install libonnx-dev (make deps)" >&2; exit 1; }
	@mkdir -p $(BUILD)/gen
	protoc-c --proto_path=$(dir $(ONNX_PROTO)) --c_out=$(BUILD)/gen $(notdir $(ONNX_PROTO))

$(BUILD)/gen/onnx.pb-c.o: $(BUILD)/gen/onnx.pb-c.c
	$(CC) $(STD) $(CFLAGS) -w $(INC) -c -o $@ $<

$(BUILD)/%.o: %.c | $(BUILD)/gen/onnx.pb-c.h
	@mkdir -p $(@D)
	$(CC) $(STD) $(CFLAGS) $(ARCH) $(WARN) $(INC) -MMD -MP -c -o $@ $<

$(BUILD)/libtv.a: $(OBJ)
	@rm -f $@
	$(AR) rcs $@ $(OBJ)

$(BIN)/%: $(BUILD)/cmd/%.o $(BUILD)/libtv.a
	@mkdir -p $(@D)
	$(CC) $(STD) $(CFLAGS) -o $@ $< $(BUILD)/libtv.a -Wl,--as-needed $(LIBS)

# ---- the demo's own images ----

DIGITS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard examples/digits/*.c))
$(BUILD)/examples/make-digits: $(DIGITS) $(BUILD)/libtv.a
	$(CC) $(STD) $(CFLAGS) -o $@ $^ -Wl,--as-needed $(LIBS)

# ---- tests: tests/{unit,prop,ref,io}/*.c are programs, tests/*/*.sh scripts; every one prints its counts ----

TESTC   := $(wildcard tests/unit/*.c tests/prop/*.c tests/ref/*.c tests/io/*.c)
TESTSH  := $(wildcard tests/*/*.sh)
TESTBIN := $(TESTC:%.c=$(BUILD)/%)
TOOLS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/tools/*.c))

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/libtv.a
	$(CC) $(STD) $(CFLAGS) -o $@ $< $(BUILD)/libtv.a -Wl,--as-needed $(LIBS)
$(BUILD)/tests/%.o: INC += -Itests

test: all $(TESTBIN) $(TOOLS)
	BIN=$(abspath $(BIN)) tests/run $(TESTBIN) $(TESTSH)

.SECONDARY:
.PHONY: all clean test

clean:
	rm -rf $(BUILD) $(BIN)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
