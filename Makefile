# tv - a C toolchain that explains what a network kept, changed and forgot when it was fine-tuned.
#
#   make            programs into bin/            make check       packages, build, every test (tests/README.md)
#   make demo       the whole pipeline on images that it makes itself
#   make install    PREFIX=/usr/local DESTDIR=    make bench       speed, as ratios
#   make check-asan every test under AddressSanitizer and UBSan
#   make check-onnx DIR=… the ONNX conformance cases
#   make fuzz       SECONDS=60 of random input for each reader of files
#
# Nothing is listed by hand: every cmd/tv-*.c is a program, every lib/*/*.c is in the library, every man/*.in a page.

PREFIX  ?= /usr/local
CC      ?= cc
BUILD   ?= build
BIN     ?= bin
OPT     ?= -O3 -g
CFLAGS  ?= $(OPT)
# Option tables leave the fields that an option does not need at zero.
WARN    := -Wall -Wextra -Wpedantic -Wno-missing-field-initializers
STD     := -std=c11 -D_GNU_SOURCE -fopenmp -fno-math-errno -fno-trapping-math -ffp-contract=off
LIBS    := -lpng -ljpeg -lz -lfftw3f -lfftw3 -lprotobuf-c -lpangocairo-1.0 -lpango-1.0 -lgobject-2.0 \
           -lglib-2.0 -lcairo -lgvc -lcgraph -lm
INC     := -Ilib -I$(BUILD)/gen
# Pango's headers lie where pkg-config says.
$(BUILD)/lib/fig/font.o: INC += $(shell pkg-config --cflags pangocairo)

X86     := $(findstring x86_64,$(shell $(CC) -dumpmachine))
SRC     := $(filter-out $(if $(X86),,%_avx2.c %_avx512.c %_avx512bf16.c),$(wildcard lib/*/*.c))
OBJ     := $(SRC:%.c=$(BUILD)/%.o) $(BUILD)/gen/onnx.pb-c.o $(BUILD)/gen/web.o
NAMES   := $(patsubst cmd/%.c,%,$(wildcard cmd/tv*.c))
PROGS   := $(NAMES:%=$(BIN)/%)
ONNX_PROTO ?= $(firstword $(wildcard /usr/include/onnx/onnx.proto /usr/local/include/onnx/onnx.proto))

all: $(PROGS)

# Kernels compiled once per instruction set, chosen at run time.
$(BUILD)/%_avx2.o:   ARCH := -mavx2 -mfma
$(BUILD)/%_avx512.o: ARCH := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mprefer-vector-width=512
$(BUILD)/%_avx512bf16.o: ARCH := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx512bf16 -mfma -mprefer-vector-width=512

$(BUILD)/gen/onnx.pb-c.c $(BUILD)/gen/onnx.pb-c.h &: $(ONNX_PROTO)
	@test -n "$(ONNX_PROTO)" || { echo "onnx.proto not found: install libonnx-dev (make deps)" >&2; exit 1; }
	@mkdir -p $(BUILD)/gen
	protoc-c --proto_path=$(dir $(ONNX_PROTO)) --c_out=$(BUILD)/gen $(notdir $(ONNX_PROTO))

$(BUILD)/gen/onnx.pb-c.o: $(BUILD)/gen/onnx.pb-c.c
	$(CC) $(STD) $(CFLAGS) -w $(INC) -c -o $@ $<

# What the report's page is made of, as arrays (report/web.h); the scripts become one.
WEB     := lib/report/web
bytes   = { echo 'const unsigned char tv_report_$1[] = {'; cat $2 | od -An -v -tu1 | sed 's/[0-9][0-9]*/&,/g'; \
  echo '0}; const size_t tv_report_$1_size = sizeof tv_report_$1 - 1;'; }
$(BUILD)/gen/web.c: $(wildcard $(WEB)/*)
	@mkdir -p $(@D)
	@{ echo '#include "report/web.h"'; $(call bytes,css,$(WEB)/report.css); $(call bytes,html,$(WEB)/page.html); \
	  $(call bytes,js,$(sort $(wildcard $(WEB)/*.js))); } >$@.tmp && mv $@.tmp $@
$(BUILD)/gen/web.o: $(BUILD)/gen/web.c
	$(CC) $(STD) $(CFLAGS) $(WARN) $(INC) -c -o $@ $<

$(BUILD)/%.o: %.c | $(BUILD)/gen/onnx.pb-c.h
	@mkdir -p $(@D)
	$(CC) $(STD) $(CFLAGS) $(ARCH) $(WARN) $(INC) -MMD -MP -c -o $@ $<

$(BUILD)/libtv.a: $(OBJ)
	@$(AR) rcs $@.$$$$ $(OBJ) && mv $@.$$$$ $@

$(BIN)/%: $(BUILD)/cmd/%.o $(BUILD)/libtv.a
	@mkdir -p $(@D)
	$(CC) $(STD) $(CFLAGS) -o $@ $< $(BUILD)/libtv.a -Wl,--as-needed $(LIBS)

# ---- manual pages and completions: the option tables fill in what they know ----

MAN     := $(BUILD)/man
COMPL   := $(BUILD)/completions
PAGES   := $(patsubst man/%.in,$(MAN)/man1/%,$(wildcard man/*.1.in)) \
           $(patsubst man/%,$(MAN)/man5/%,$(wildcard man/*.5)) $(patsubst man/%,$(MAN)/man7/%,$(wildcard man/*.7))

man: $(PAGES)
completions: $(NAMES:%=$(COMPL)/%)

$(MAN)/man1/%.1: man/%.1.in $(BIN)/%
	@mkdir -p $(@D)
	$(BIN)/$* --help-man=$< >$@.tmp && mv $@.tmp $@
$(MAN)/man5/%: man/%
	@mkdir -p $(@D)
	cp $< $@
$(MAN)/man7/%: man/%
	@mkdir -p $(@D)
	cp $< $@
$(COMPL)/%: $(BIN)/%
	@mkdir -p $(@D)
	$(BIN)/$* --help-completion >$@.tmp && mv $@.tmp $@

SHARE   := $(DESTDIR)$(PREFIX)/share
install: all man completions
	install -d $(DESTDIR)$(PREFIX)/bin $(SHARE)/tv $(SHARE)/bash-completion/completions $(SHARE)/man/man1 \
	  $(SHARE)/man/man5 $(SHARE)/man/man7
	install -m 755 $(PROGS) $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(wildcard share/*.mk) $(SHARE)/tv
	install -m 644 $(NAMES:%=$(COMPL)/%) $(SHARE)/bash-completion/completions
	install -m 644 $(filter %.1,$(PAGES)) $(SHARE)/man/man1
	install -m 644 $(filter %.5,$(PAGES)) $(SHARE)/man/man5
	install -m 644 $(filter %.7,$(PAGES)) $(SHARE)/man/man7

# ---- the demo's own images ----

DIGITS := $(patsubst %.c,$(BUILD)/%.o,$(wildcard examples/digits/*.c))
$(BUILD)/examples/make-digits: $(DIGITS) $(BUILD)/libtv.a
	$(CC) $(STD) $(CFLAGS) -o $@ $^ -Wl,--as-needed $(LIBS)

demo: deps
	+@$(MAKE) --no-print-directory all $(BUILD)/examples/make-digits
	+@PATH="$(abspath $(BIN)):$(abspath $(BUILD))/examples:$$PATH" \
	  $(MAKE) --no-print-directory -C examples/digits OUT=$(abspath demo)

# README.md's figure, from the demo's run.
figure: demo
	PATH="$(abspath $(BIN)):$$PATH"; cd demo/out && tv-plot features discrim.tv attrib-target-on-source.tv attrib-target.tv \
	  features-target.tv --images ../source-val.tv --images ../target-val.tv --top 6 \
	  --title 'Which neurons tell handwriting from street numbers' --width 1660 -o $(abspath share/doc)/features.png

# ---- tests: tests/{unit,prop,ref,io}/*.c are programs, tests/*/*.sh scripts; every one prints its counts ----

TESTC   := $(wildcard tests/unit/*.c tests/prop/*.c tests/ref/*.c tests/io/*.c)
TESTSH  := $(filter-out tests/bench/%,$(wildcard tests/*/*.sh))
TESTBIN := $(TESTC:%.c=$(BUILD)/%)
TOOLS   := $(patsubst %.c,$(BUILD)/%,$(wildcard tests/tools/*.c))

$(BUILD)/tests/%: $(BUILD)/tests/%.o $(BUILD)/libtv.a
	$(CC) $(STD) $(CFLAGS) $(FUZZER) -o $@ $< $(BUILD)/libtv.a -Wl,--as-needed $(LIBS)
$(BUILD)/tests/%.o: INC += -Itests

test: all man $(TESTBIN) $(TOOLS) $(BUILD)/examples/make-digits
	BIN=$(abspath $(BIN)) BUILD=$(abspath $(BUILD)) MAN=$(abspath $(MAN)) tests/run $(TESTBIN) $(TESTSH)

# Speed, as ratios against peers measured in the same run; each skips where its peer is not installed.
bench: all $(TOOLS) $(BUILD)/examples/make-digits
	@for b in tests/bench/*.sh; do BIN=$(abspath $(BIN)) BUILD=$(abspath $(BUILD)) $$b; done

# The ONNX conformance cases under DIR; share/doc/conformance.tsv keeps the last table.
DIR ?= ../shared/onnx-tests
check-onnx: all $(TOOLS)
	BIN=$(abspath $(BIN)) BUILD=$(abspath $(BUILD)) tests/onnx.sh $(DIR) share/doc/conformance.tsv

# The headers and onnx.proto are looked for when make starts: so the build is a make of its own.
check: deps
	+@$(MAKE) --no-print-directory test

deps:
	@share/install-packages

SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
check-asan: deps
	+@ASAN_OPTIONS=detect_leaks=0 $(MAKE) --no-print-directory test BUILD=build/asan BIN=build/asan/bin \
	  OPT='-O1 -g $(SANITIZE)'

# Every tests/fuzz/*.c is a libFuzzer target; tests/fuzz/seeds makes what they start from.
SECONDS ?= 60
FUZZERS := $(patsubst tests/fuzz/%.c,$(BUILD)/tests/fuzz/%,$(wildcard tests/fuzz/*.c))
fuzz: all $(BUILD)/examples/make-digits
	+@$(MAKE) --no-print-directory run-fuzzers CC=clang WARN= BUILD=build/fuzz BIN=bin PLAIN=$(abspath $(BUILD)) \
	  OPT='-O1 -g $(SANITIZE) -fsanitize=fuzzer-no-link'
ifdef PLAIN # clang takes minutes to instrument the unrolled loops of a kernel; check-asan has them instrumented
$(BUILD)/lib/num/kernel_%.o: override OPT := -O1 -g
endif
run-fuzzers: $(FUZZERS)
	@BIN=$(abspath $(BIN)) BUILD=$(PLAIN) tests/fuzz/run $(SECONDS) $(FUZZERS)
$(BUILD)/tests/fuzz/%: FUZZER := -fsanitize=fuzzer

.SECONDARY:
.PHONY: all bench check check-onnx check-asan clean completions demo deps figure fuzz install man run-fuzzers test

clean:
	rm -rf $(BUILD) $(BIN)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
