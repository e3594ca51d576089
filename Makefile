# rehearse: build, test, install. `make help` lists the targets.
# Variants side by side: VARIANT=release (default) | debug | asan | tsan | isan (clang only). CC=gcc | clang.

VERSION := 0.1.0
VARIANT ?= release
ifeq ($(origin CC),default)
CC := gcc
endif
COMPILER := $(if $(findstring clang,$(shell $(CC) --version 2>/dev/null)),clang,gcc)
B := build/$(VARIANT)$(if $(filter clang,$(COMPILER)),-clang)
V ?= 0
Q := $(if $(filter 1,$(V)),,@)
PREFIX ?= /usr/local
DESTDIR ?=

PACKAGES := libmicrohttpd libcjson libcurl libpcre2-8 gnutls sqlite3 zlib yaml-0.1
FLOORS := base model validator sim mockapi replay cli

WARN := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wcast-qual -Wcast-align -Wwrite-strings \
  -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wpointer-arith -Wundef -Wvla -Wformat=2 \
  -Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference -Wdouble-promotion -Wfloat-equal -Wunused-macros
WARN_gcc := -Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wformat-overflow=2 -Wformat-truncation=2 \
  -Wjump-misses-init -Walloc-zero
WARN_clang := -Wcomma -Wunreachable-code -Wassign-enum -Wmissing-variable-declarations
HARDEN := -fstack-protector-strong -fstack-clash-protection -fcf-protection
FLAGS_release := -O2 -g $(HARDEN) -D_FORTIFY_SOURCE=2
# Whole-program optimisation where the compiler brings the linker's plugin; objects stay usable without it.
LTO := $(if $(filter gcc,$(COMPILER)),-flto=auto -ffat-lto-objects)
FLAGS_release += $(LTO)
FLAGS_debug := -O0 -g3
FLAGS_asan := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer -DARENA_SPREAD
FLAGS_tsan := -O1 -g -fsanitize=thread -fno-omit-frame-pointer
FLAGS_isan := -O1 -g -fsanitize=undefined,integer,implicit-conversion,local-bounds -fno-sanitize-recover=all \
  -fno-sanitize=unsigned-shift-base
FLAGS_fuzz := -O1 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -DARENA_SPREAD

CFLAGS_ALL := -std=c17 -D_GNU_SOURCE -I. -I$(B)/gen -fno-common -ffp-contract=off $(FLAGS_$(VARIANT)) $(WARN) \
  $(WARN_$(COMPILER)) $(if $(CI),-Werror) -DREHEARSE_VERSION='"$(VERSION)"' -MMD -MP $(CFLAGS)
LDFLAGS_ALL := $(filter -fsanitize% -flto% -O2,$(FLAGS_$(VARIANT))) -Wl,-z,relro,-z,now $(LDFLAGS)
# libyaml reads what people write in YAML (validator/read_yaml.c): its events carry places, its scalars stay texts.
# libcurl and SQLite are loaded when they are needed (replay/curl_lib.h, mockapi/sqlite_lib.h, validator/sqlite.h)
# Tests link the objects' plain code: whole-program optimisation of a hundred programs takes many minutes.
LDFLAGS_TEST := $(filter-out -flto%,$(LDFLAGS_ALL)) $(if $(LTO),-fno-lto)
LIBS = $(shell pkg-config --libs $(filter-out libcurl sqlite3,$(PACKAGES))) -ldl -pthread -lm
TEST_LIBS = $(shell pkg-config --libs check)

src = $(wildcard $(1)/*.c)
obj = $(patsubst %.c,$(B)/%.o,$(1))
# What is preloaded into other programs stands by itself; it is embedded, as the fixtures are.
INSIDE := replay/faster_inside.c
LIB_OBJ := $(foreach f,$(FLOORS),$(filter-out %/main.o,$(call obj,$(filter-out $(INSIDE),$(call src,$(f)))))) \
  $(B)/gen/fixtures.o
LIB := $(B)/librehearse.a
BIN := $(B)/rehearse
UNIT := $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/test_*.c))
INTEGRATION := $(patsubst tests/integration/%.c,$(B)/integration/%,$(wildcard tests/integration/test_*.c))
FUZZ := $(wildcard tests/fuzz/fuzz_*.c)
REPLAY := $(patsubst tests/fuzz/fuzz_%.c,$(B)/replay/%,$(FUZZ))
BENCH := $(patsubst tests/bench/%.c,$(B)/bench_%,$(wildcard tests/bench/*.c))
FIXTURES := $(sort $(wildcard fixtures/*/*.json))

.SECONDARY:
.PHONY: all demo test check bench fuzz install clean help deps floors format tools
all: $(BIN) $(B)/conformance
help:
	@sed -n 's/^#: //p' Makefile
#: make             build the program (build/release/rehearse)
#: make demo        install what is missing, build, run the main job
#: make test        install what is missing, build, run all tests
#: make check       the slower checks: sanitizers, linters, fuzz smoke
#: make bench       measure against a bare server, print ratios; BENCH_FLAGS='--quick --strict'
#: make soak        ten minutes of mixed load (SOAK_S=60: of one); memory must stay flat
#: make fuzz        build the fuzz targets (clang) and run each for FUZZ_S seconds
#: make install     install to $(DESTDIR)$(PREFIX)

deps:
	$(Q)sh ci/deps.sh build

$(B)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@[ "$(V)" = 1 ] || echo "  cc $<"
	$(Q)$(CC) $(CFLAGS_ALL) -c -o $@ $<

# The simulator's loop is worth it: a tenth more contacts a second. Reports have the same bytes (ci/same.sh).
$(B)/sim/%.o: CFLAGS_ALL += $(if $(filter release,$(VARIANT)),-O3)

$(B)/gen/faster.so: $(INSIDE) Makefile
	@mkdir -p $(@D)
	$(Q)$(CC) -std=c17 -D_GNU_SOURCE -O2 $(HARDEN) $(WARN) $(WARN_$(COMPILER)) $(if $(CI),-Werror) -fPIC -shared \
	  -fvisibility=hidden -s -Wl,-z,relro,-z,now -o $@ $< -ldl

# The fixtures, byte for byte, and a table of their names.
$(B)/gen/fixtures.c: $(FIXTURES) $(B)/gen/faster.so ci/embed.sh
	@mkdir -p $(@D)
	$(Q)sh ci/embed.sh $(FIXTURES) $(B)/gen/faster.so > $@.new && mv $@.new $@
$(B)/gen/fixtures.o: $(B)/gen/fixtures.c $(FIXTURES) $(B)/gen/faster.so
	$(Q)$(CC) $(filter-out $(LTO),$(CFLAGS_ALL)) -c -o $@ $<

$(LIB): $(LIB_OBJ)
	$(Q)rm -f $@ && ar rcs $@ $^
$(BIN): $(B)/cli/main.o $(LIB_OBJ)
	@[ "$(V)" = 1 ] || echo "  ld $@"
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS)
$(B)/unit/%: $(B)/tests/unit/%.o $(LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_TEST) -o $@ $< $(LIB) $(TEST_LIBS) $(LIBS)
$(B)/integration/%: $(B)/tests/integration/%.o $(LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_TEST) -o $@ $< $(LIB) $(TEST_LIBS) $(LIBS)
$(B)/conformance: $(call obj,$(call src,tests/conformance)) $(LIB)
	$(Q)$(CC) $(LDFLAGS_TEST) -o $@ $(filter %.o,$^) $(LIB) $(LIBS)
$(B)/bench_%: $(B)/tests/bench/%.o $(LIB)
	$(Q)$(CC) $(LDFLAGS_ALL) -o $@ $< $(LIB) $(LIBS)

unit: $(UNIT)
	$(Q)sh tests/run.sh $(UNIT)
test: deps
	$(Q)$(MAKE) --no-print-directory test-run VARIANT=$(VARIANT)
.PHONY: unit test-run replays
test-run: $(BIN) $(B)/conformance $(UNIT) $(INTEGRATION) $(REPLAY)
	$(Q)REHEARSE=$(BIN) sh tests/run.sh $(UNIT) $(INTEGRATION) $(REPLAY)

# Each fuzz target, linked with a plain driver, replays its corpus and past crashes with any compiler.
$(B)/replay/%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/driver.o $(LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS_TEST) -o $@ $(filter %.o,$^) $(LIB) $(LIBS)
# The same targets under libFuzzer: make fuzz FUZZ_S=60. Findings land in build/fuzz-clang/found/.
FUZZ_S ?= 20
fuzz:
	$(Q)$(MAKE) --no-print-directory VARIANT=fuzz CC=clang fuzzers
	$(Q)sh tests/fuzz/run.sh $(FUZZ_S) $(patsubst tests/fuzz/fuzz_%.c,build/fuzz-clang/fuzz/%,$(FUZZ))
fuzzers: $(patsubst tests/fuzz/fuzz_%.c,$(B)/fuzz/%,$(FUZZ))
.PHONY: fuzzers
$(B)/fuzz/%: $(B)/tests/fuzz/fuzz_%.o $(LIB)
	@mkdir -p $(@D)
	$(Q)$(CC) -fsanitize=fuzzer,address,undefined $(LDFLAGS) -o $@ $< $(LIB) $(LIBS)

demo: deps
	$(Q)$(MAKE) --no-print-directory $(BIN)
	$(Q)$(BIN) demo

check:
	$(Q)sh ci/check.sh

soak:
	$(Q)sh ci/soak.sh $(SOAK_S)
.PHONY: soak

# Man pages and the completion come from the program's own option tables.
COMMANDS := $(shell sed -n 's/^ *X(\([a-z]*\)).*/\1/p' cli/commands.h)
SHARE := $(DESTDIR)$(PREFIX)/share
install: $(BIN)
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/rehearse
	install -d $(SHARE)/man/man1 $(SHARE)/bash-completion/completions
	$(BIN) help --man > $(SHARE)/man/man1/rehearse.1
	for c in $(COMMANDS); do $(BIN) help --man $$c > $(SHARE)/man/man1/rehearse-$$c.1 || exit; done
	$(BIN) completion > $(SHARE)/bash-completion/completions/rehearse
	install -D -m 644 -t $(SHARE)/doc/rehearse README.md LICENSE docs/*.md
	for f in $(FIXTURES); do install -D -m 644 $$f $(SHARE)/rehearse/$${f#fixtures/} || exit; done

bench: deps
	$(Q)$(MAKE) --no-print-directory bench-run
.PHONY: bench-run
bench-run: $(BIN) $(BENCH)
	$(Q)sh tests/bench/run.sh $(BENCH_FLAGS) $(B)

floors:
	$(Q)sh ci/floors.sh
format:
	$(Q)clang-format -i $(wildcard $(addsuffix /*.[ch],$(FLOORS) tests/*))
clean:
	$(Q)rm -rf build

-include $(shell find $(B) -name '*.d' 2>/dev/null)
