# occi-agent. `make help` lists the targets.
#
# Every flavour has a folder of its own under build/, so that they do not disturb each other:
#   make FLAVOUR=asan check-quick

FLAVOUR ?= release
BUILD   := build/$(FLAVOUR)
VERSION := 0.1.0

ifeq ($(filter $(FLAVOUR),release debug asan tsan cover fuzz),)
$(error unknown FLAVOUR '$(FLAVOUR)': release, debug, asan, tsan, cover or fuzz)
endif

PACKAGES := cpp-httplib libvirt expat inih fmt sqlite3 libsystemd openssl zlib libcrypt libcurl cjose
WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Wold-style-cast -Woverloaded-virtual -Werror

FLAGS_release := -O2 -g1 -DNDEBUG
FLAGS_debug   := -O0 -g
# Undefined behaviour as well: the two go together, and one build of everything costs less than two.
FLAGS_asan    := -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer
FLAGS_tsan    := -O1 -g1 -fsanitize=thread
FLAGS_cover   := -O0 -g --coverage
# By clang, for libFuzzer; its own warnings are none of ours.
FLAGS_fuzz    := -O1 -g1 -w -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

CXX      := $(if $(filter fuzz,$(FLAVOUR)),clang++-16,g++)
# Below /usr/include the compiler looks by itself.
CPPFLAGS := $(CPPFLAGS) -I. -D_FORTIFY_SOURCE=2 -DOCCI_AGENT_VERSION='"$(VERSION)"' \
            $(filter-out -I/usr/include/%,$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null))
CXXFLAGS := $(CXXFLAGS) -std=c++20 -pthread -fstack-protector-strong -fPIE $(WARNINGS) $(FLAGS_$(FLAVOUR))
LDFLAGS  := $(LDFLAGS) -pie -pthread -Wl,-z,relro,-z,now -Wl,--as-needed $(FLAGS_$(FLAVOUR))
LDLIBS   := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)

ifeq ($(FLAVOUR),debug)
CPPFLAGS := $(filter-out -D_FORTIFY_SOURCE=2,$(CPPFLAGS))
endif
ifneq ($(filter $(FLAVOUR),asan tsan cover fuzz),)
CPPFLAGS := $(filter-out -D_FORTIFY_SOURCE=2,$(CPPFLAGS))
endif

sources = $(sort $(foreach folder,$(1),$(wildcard $(folder)/*.cc)))
objects = $(patsubst %.cc,$(BUILD)/%.o,$(1))

LIBRARY_SOURCES := $(call sources,agent/base agent/occi agent/render agent/http agent/fetch agent/auth agent/state \
                     agent/service agent/service/compute agent/service/network agent/service/storage agent/config \
                     agent/cli agent/api drivers drivers/libvirt drivers/host drivers/pool drivers/image \
                     drivers/fake) agent/agent.cc agent/reload.cc agent/watchdog.cc agent/last_word.cc agent/this_host.cc
AGENT_SOURCES   := agent/main.cc agent/options.cc agent/self_check.cc
QUICK_SOURCES   := $(call sources,tests/unit tests/golden tests/wire tests/support)
# In these no second thread runs, so the thread sanitizer would see nothing: what only reads or writes text, or adds up.
# What is not named here it looks at. `make lint-threads` looks whether the names are right.
THREADLESS      := tests/golden/% $(addprefix tests/unit/,api_% base64% bearer_token% big_endian% config_% explain% \
                     fetch_public_address% fetch_url% fingerprint% hex% host_routes% http_body% http_coding% \
                     http_header_block% image_source% ini% ip_test% ipv4% libvirt_xml_% machine_history% named_uuid% \
                     note% occi_% opennebula_% percent% pool_image_names% pool_notes% pool_qcow2_file% \
                     reader_cost% routes% service_addresses% service_plans% service_units% service_wish% settings% text% uuid% xml%)
THREADLESS_SOURCES := $(filter $(THREADLESS),$(QUICK_SOURCES))
ifeq ($(FLAVOUR),tsan)
QUICK_SOURCES   := $(filter-out $(THREADLESS),$(QUICK_SOURCES))
endif
LIVE_SOURCES    := $(call sources,tests/live tests/conformance tests/support)
FUZZ_SOURCES    := $(filter-out tests/fuzz/replay.cc tests/fuzz/libfuzzer.cc,$(call sources,tests/fuzz)) tests/golden/dump.cc tests/golden/shown.cc
BENCH_SOURCES   := $(call sources,tests/bench) tests/live/node.cc tests/live/process_size.cc \
                   $(addprefix tests/support/,agent_process.cc agent_under_test.cc asker.cc certificates.cc \
                       client.cc crash_point.cc signing_key.cc words.cc)
ALL_SOURCES     := $(sort $(LIBRARY_SOURCES) $(AGENT_SOURCES) agent/no_crash_points.cc $(QUICK_SOURCES) $(LIVE_SOURCES) $(BENCH_SOURCES) \
                      $(call sources,tests/fuzz))

.PHONY: all
all: $(BUILD)/occi-agent

$(BUILD)/occi-agent: $(call objects,$(AGENT_SOURCES) agent/no_crash_points.cc) $(BUILD)/libagent.a
	$(CXX) $(LDFLAGS) -o $@ $^ $(LDLIBS)

# The same program, which live tests can make die at any step (tests/support/crash_point.hh). Never installed.
$(BUILD)/occi-agent-crashing: $(call objects,$(AGENT_SOURCES) tests/support/crash_point.cc) $(BUILD)/libagent.a
	$(CXX) $(LDFLAGS) -o $@ $^ $(LDLIBS)

$(BUILD)/libagent.a: $(call objects,$(LIBRARY_SOURCES))
	@rm -f $@
	ar rcs $@ $^

# The agent in front of what tests it: of each inline function its copy is taken, as it is optimized and instrumented.
LIBRARY_FIRST = -Wl,--whole-archive $(BUILD)/libagent.a -Wl,--no-whole-archive

# What the address sanitizer looks at is the agent; the tests around it are those of the release, which nearly halves
# that build.
QUICK_BUILD   := $(if $(filter asan,$(FLAVOUR)),build/release,$(BUILD))
QUICK_OBJECTS := $(patsubst %.cc,$(QUICK_BUILD)/%.o,$(QUICK_SOURCES))
$(BUILD)/quick-tests: $(BUILD)/libagent.a $(QUICK_OBJECTS)
	$(CXX) $(LDFLAGS) -o $@ $(LIBRARY_FIRST) $(QUICK_OBJECTS) $(LDLIBS) -lboost_unit_test_framework

.PHONY: quick-objects
quick-objects: $(call objects,$(QUICK_SOURCES))

$(BUILD)/live-tests: $(call objects,$(LIVE_SOURCES)) $(BUILD)/libagent.a
	$(CXX) $(LDFLAGS) -o $@ $(LIBRARY_FIRST) $(filter %.o,$^) $(LDLIBS) -lboost_unit_test_framework -lfuse3

$(BUILD)/bench: $(call objects,$(BENCH_SOURCES)) $(BUILD)/libagent.a
	$(CXX) $(LDFLAGS) -o $@ $(LIBRARY_FIRST) $(filter %.o,$^) $(LDLIBS)

$(BUILD)/replay: $(call objects,$(FUZZ_SOURCES) tests/fuzz/replay.cc agent/no_crash_points.cc) $(BUILD)/libagent.a
	$(CXX) $(LDFLAGS) -o $@ $(LIBRARY_FIRST) $(filter %.o,$^) $(LDLIBS)

# With FLAVOUR=fuzz only.
$(BUILD)/fuzz: $(call objects,$(FUZZ_SOURCES) tests/fuzz/libfuzzer.cc agent/no_crash_points.cc) $(BUILD)/libagent.a
	$(CXX) $(LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LDLIBS)

# Tests are compiled more often than they run. What they run is the agent, whose copies of inline functions the linker
# takes, as it stands first (LIBRARY_FIRST). Benchmarks are not tests.
TEST_CPPFLAGS := $(filter-out -D_FORTIFY_SOURCE=2,$(CPPFLAGS))
TEST_CXXFLAGS := $(filter-out -O1 -O2,$(CXXFLAGS)) -O0
TEST_OBJECTS  := $(call objects,$(sort $(QUICK_SOURCES) $(LIVE_SOURCES) $(FUZZ_SOURCES) tests/fuzz/replay.cc))
ifneq ($(FLAVOUR),fuzz)
$(TEST_OBJECTS): private CPPFLAGS := $(TEST_CPPFLAGS)
$(TEST_OBJECTS): private CXXFLAGS := $(TEST_CXXFLAGS)
endif

# Changes when the flags do, and only then: so that a change of them, and nothing else here, builds everything anew.
FLAGS := $(CXX) $(CPPFLAGS) $(CXXFLAGS); $(TEST_CXXFLAGS)
$(BUILD)/flags: FORCE
	@mkdir -p $(@D)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@
.PHONY: FORCE
FORCE:

# What nearly every test includes is compiled once, with the very flags of the tests; -MD, as it is made of headers of the
# system. ccache needs "sloppiness = pch_defines,time_macros" for what includes it. Not for programs without Boost.Test,
# nor where the macros of Boost.Test are others.
PRECOMPILED     := $(BUILD)/tests/support/precompiled.hh
PRECOMPILED_FOR := $(call objects,$(filter-out $(BENCH_SOURCES) $(FUZZ_SOURCES) tests/support/main.cc,$(QUICK_SOURCES) \
                       $(LIVE_SOURCES)))
$(PRECOMPILED).gch: tests/support/precompiled.hh $(BUILD)/flags
	@mkdir -p $(@D)
	$(CXX) $(TEST_CPPFLAGS) $(TEST_CXXFLAGS) -MD -MP -MF $(PRECOMPILED).d -x c++-header -o $@ $<
-include $(PRECOMPILED).d

$(PRECOMPILED_FOR): $(PRECOMPILED).gch
$(PRECOMPILED_FOR): private CXXFLAGS := $(TEST_CXXFLAGS) -Winvalid-pch -include $(PRECOMPILED)

$(BUILD)/%.o: %.cc $(BUILD)/flags
	@mkdir -p $(@D)
	$(CXX) $(CPPFLAGS) $(CXXFLAGS) -MMD -MP -c -o $@ $<

-include $(patsubst %.o,%.d,$(call objects,$(ALL_SOURCES)))

# ---- the private host, the guests, and what to do with all of it --------------------------------------------------------

PRIVATE_HOST_SOURCES := $(call sources,tests/private-host)
-include $(patsubst %.o,%.d,$(call objects,$(PRIVATE_HOST_SOURCES)))

$(BUILD)/private-host: $(call objects,$(PRIVATE_HOST_SOURCES)) $(BUILD)/libagent.a
	$(CXX) $(LDFLAGS) -o $@ $^ $(LDLIBS)

GUESTS := build/guests/micro.qcow2 build/guests/linux.qcow2

build/guests/micro.qcow2: tests/guests/make-micro tests/guests/micro.S
	tests/guests/make-micro build/guests

build/guests/linux.qcow2: tests/guests/make-linux $(wildcard tests/guests/linux/*)
	tests/guests/make-linux build/guests

# What a build needs, what a hypervisor needs, what the tests need; `make deps` installs those of them that are missing.
DEBIAN_BUILD := g++ make pkg-config libcpp-httplib-dev libvirt-dev libexpat1-dev libinih-dev libfmt-dev libsqlite3-dev \
                libsystemd-dev libssl-dev zlib1g-dev nlohmann-json3-dev libcurl4-gnutls-dev libcjose-dev libjansson-dev
DEBIAN_RUN   := libvirt-daemon-system libvirt-clients qemu-system-x86 qemu-utils dnsmasq-base iptables iproute2 \
                dmidecode e2fsprogs util-linux curl
DEBIAN_TEST  := libboost-test-dev libfuse3-dev systemd wget python3 python3-requests openssl
# The clang of Debian's package of that name, 14, does not understand the views of libstdc++ 12.
DEBIAN_FUZZ  := clang-16 libclang-rt-16-dev
DEBIAN_BENCH := wrk
DEBIAN       := $(DEBIAN_BUILD) $(DEBIAN_RUN) $(DEBIAN_TEST) $(if $(filter bench,$(MAKECMDGOALS)),$(DEBIAN_BENCH)) \
                $(if $(filter fuzz,$(FLAVOUR)),$(DEBIAN_FUZZ))
APT_GET      := DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0

.PHONY: deps
deps:
	@missing=; for package in $(DEBIAN); do \
	    dpkg-query -W -f '$${db:Status-Status}' $$package 2>/dev/null | grep -qx installed || missing="$$missing $$package"; \
	done; \
	[ -z "$$missing" ] && exit; \
	[ "$$(id -u)" = 0 ] || { echo "these packages are missing, and only root can install them:$$missing" >&2; exit 1; }; \
	echo "installing$$missing"; \
	install() { $(APT_GET) update && $(APT_GET) install -y --no-install-recommends $$missing; }; \
	install || { echo "once more" >&2; install; }

# In a make of its own: what pkg-config says is known only once the packages are there.
WITH_DEPS = +$(MAKE) --no-print-directory -j$$(nproc)
# First, where the quick tests are linked from objects of another flavour.
QUICK_OBJECTS_FIRST = $(if $(filter asan,$(FLAVOUR)),$(WITH_DEPS) FLAVOUR=release quick-objects)

.PHONY: run check check-quick check-live conformance soak bench fuzz fuzz-all
run: deps
	$(WITH_DEPS) $(BUILD)/occi-agent $(BUILD)/private-host build/guests/linux.qcow2
	@BUILD=$(BUILD) tests/private-host/try $(LISTEN)

check: deps
	$(QUICK_OBJECTS_FIRST)
	$(WITH_DEPS) $(BUILD)/occi-agent $(BUILD)/occi-agent-crashing $(BUILD)/private-host $(BUILD)/quick-tests $(BUILD)/replay $(BUILD)/live-tests $(GUESTS)
	@BUILD=$(BUILD) tests/check quick live

check-quick: deps
	$(QUICK_OBJECTS_FIRST)
	$(WITH_DEPS) $(BUILD)/quick-tests $(BUILD)/replay
	@BUILD=$(BUILD) tests/check quick

check-live: deps
	$(WITH_DEPS) $(BUILD)/occi-agent $(BUILD)/occi-agent-crashing $(BUILD)/private-host $(BUILD)/live-tests $(GUESTS)
	@BUILD=$(BUILD) tests/check live

# OCCI alone, clause by clause; make check has it among the live tests.
conformance: deps
	$(WITH_DEPS) $(BUILD)/occi-agent $(BUILD)/private-host $(BUILD)/live-tests $(GUESTS)
	@BUILD=$(BUILD) tests/in-private-host $(BUILD)/live-tests --run_test=conformance

# make soak ROUNDS=500 SEED=7: what make check asks at random, for longer, with kills, and again by the same seed;
# and the agent killed at every point of its work.
ROUNDS ?= 2000
soak: deps
	$(WITH_DEPS) $(BUILD)/occi-agent $(BUILD)/occi-agent-crashing $(BUILD)/private-host $(BUILD)/live-tests \
	    build/guests/micro.qcow2
	@BUILD=$(BUILD) tests/in-private-host env OCCI_AGENT_SOAK=1 OCCI_AGENT_ROUNDS=$(ROUNDS) $(if $(SEED),OCCI_AGENT_SEED=$(SEED)) \
	    $(BUILD)/live-tests --run_test=live_random,live_crash

bench: deps
	$(WITH_DEPS) $(BUILD)/occi-agent $(BUILD)/occi-agent-crashing $(BUILD)/private-host $(BUILD)/bench $(GUESTS)
	@BUILD=$(BUILD) tests/in-private-host $(BUILD)/bench $(BENCH)

# make fuzz SECONDS=60 TARGETS='request form': each for that time, all targets by default.
SECONDS ?= 60
fuzz:
	+@$(MAKE) --no-print-directory FLAVOUR=fuzz fuzz-all

fuzz-all: deps
	$(WITH_DEPS) $(BUILD)/fuzz
	@BUILD=$(BUILD) tests/fuzz/run $(SECONDS) $(TARGETS)

# ---- looking after the source ---------------------------------------------------------------------------------------------

SOURCES = $(sort $(ALL_SOURCES) $(PRIVATE_HOST_SOURCES))
TEXTS   = $(shell find agent drivers tests -name '*.cc' -o -name '*.hh')
SCRIPTS = tests/check tests/in-private-host tests/private-host/check tests/try tests/layers tests/systemd \
          tests/under-systemd tests/another-machine tests/installed tests/fuzz/run tests/clients/run tests/clients/curl.sh \
          tests/clients/wget.sh tests/documents/run tests/tally.sh tests/in-shards \
          tests/guests/make-micro tests/guests/make-linux tests/private-host/try .ci/run

.PHONY: lint lint-format lint-layers lint-scripts lint-threads lint-cppcheck lint-tidy format cover compile_commands
lint: lint-format lint-layers lint-scripts lint-threads lint-cppcheck lint-tidy

lint-format:
	clang-format --dry-run -Werror $(TEXTS)
	! grep -nE '^[^"]{121,}$$' $(TEXTS)

lint-layers:
	tests/layers

lint-scripts:
	shellcheck -x $(SCRIPTS)
	shellcheck -s dash -e SC2154 $(addprefix tests/guests/linux/,init udhcpc power-button)

# Each pattern names a test that is there, and none of these has to do with threads.
lint-threads:
	$(foreach each,$(THREADLESS),$(if $(filter $(each),$(THREADLESS_SOURCES)),,$(error THREADLESS: there is no $(each))))@:
	! grep -lE '<(thread|future|mutex|atomic|condition_variable|shared_mutex)>|tests/support/(agent_|client|eventually)' \
	    $(THREADLESS_SOURCES)

lint-cppcheck:
	cppcheck -q -j$$(nproc) --std=c++20 --language=c++ --error-exitcode=1 --inline-suppr --enable=warning,portability \
	    --suppressions-list=.cppcheck -I. $(SOURCES)

lint-tidy:
	printf '%s\n' $(SOURCES) | xargs -P$$(nproc) -n4 sh -c 'clang-tidy --quiet "$$@" -- $(CPPFLAGS) -std=c++20' clang-tidy

format:
	clang-format -i $(TEXTS)

# For editors, which read it in the root of the tree.
compile_commands:
	@{ separator='['; for source in $(SOURCES); do \
	    printf '%s\n{"directory": "%s", "file": "%s", "arguments": [' "$$separator" '$(CURDIR)' "$$source"; \
	    printf '"%s", ' $(CXX) $(subst ",\",$(CPPFLAGS) $(CXXFLAGS)) -c; printf '"%s"]}' "$$source"; \
	    separator=,; done; printf '\n]\n'; } >compile_commands.json

cover:
	+$(MAKE) FLAVOUR=cover check-quick
	gcovr --root . --filter 'agent/' --filter 'drivers/' --print-summary build/cover

# ---- the installed system -------------------------------------------------------------------------------------------------

PREFIX     ?= /usr
SYSCONFDIR ?= /etc
MANUALS     = $(wildcard etc/man/*.8 etc/man/*.5)
UNITS       = $(wildcard systemd/*.service systemd/*.socket)
DOCUMENTS   = README.md $(wildcard etc/doc/*.md)

.PHONY: install uninstall clean help
install: $(BUILD)/occi-agent
	install -D -m 755 $< $(DESTDIR)$(PREFIX)/sbin/occi-agent
	[ -e $(DESTDIR)$(SYSCONFDIR)/occi-agent/occi-agent.conf ] || \
	    install -D -m 644 etc/occi-agent.conf $(DESTDIR)$(SYSCONFDIR)/occi-agent/occi-agent.conf
	for manual in $(MANUALS); do \
	    install -D -m 644 $$manual $(DESTDIR)$(PREFIX)/share/man/man$${manual##*.}/$${manual##*/} || exit; done
	for document in $(DOCUMENTS); do \
	    install -D -m 644 $$document $(DESTDIR)$(PREFIX)/share/doc/occi-agent/$${document##*/} || exit; done
	# What is not installed is named there without a link.
	sed -i -e 's|](etc/doc/|](|g' \
	    -e 's|\[\([^]]*\)\]([a-z]*/[^)]*)|\1|g' \
	    $(DESTDIR)$(PREFIX)/share/doc/occi-agent/README.md
	sed -i 's|\[\([^]]*\)\](\.\./[^)]*)|\1|g' \
	    $(addprefix $(DESTDIR)$(PREFIX)/share/doc/occi-agent/,$(notdir $(DOCUMENTS)))
	for unit in $(UNITS); do \
	    install -D -m 644 $$unit $(DESTDIR)$(PREFIX)/lib/systemd/system/$${unit##*/} || exit; done
	sed -i 's|^ExecStart=/usr/|ExecStart=$(PREFIX)/|' $(DESTDIR)$(PREFIX)/lib/systemd/system/occi-agent.service

# The configuration and the state are not ours to remove, nor what runs.
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/sbin/occi-agent
	rm -f $(addprefix $(DESTDIR)$(PREFIX)/lib/systemd/system/,$(notdir $(UNITS)))
	for manual in $(MANUALS); do rm -f $(DESTDIR)$(PREFIX)/share/man/man$${manual##*.}/$${manual##*/} || exit; done
	rm -rf $(DESTDIR)$(PREFIX)/share/doc/occi-agent

clean:
	rm -rf build

help:
	@printf '%s\n' \
	    'make run          install what is missing, build, and start the agent with a demo (as root; LISTEN=ADDRESS:PORT)' \
	    'make check        install what is missing, build, and run every test (as root)' \
	    'make check-quick  only the tests that need no root and no hypervisor' \
	    'make check-live   only the tests on a real libvirt, which is started for them and ends with them (as root)' \
	    'make conformance  what OCCI asks for, clause by clause, on a real libvirt (as root)' \
	    'make soak         everything asked at once by a seed, for long, while things are killed (as root); ROUNDS=2000 SEED=N' \
	    'make fuzz         each reader of bytes from outside, SECONDS=60 long, on made-up ones (installs clang)' \
	    'make bench        the figures, measured on the same kind of libvirt (as root); BENCH="get frozen.stuck": some of them' \
	    'make              build the agent: build/$$FLAVOUR/occi-agent' \
	    'make deps         install the Debian packages that are missing' \
	    'make lint         formatting, layers, scripts, cppcheck, clang-tidy;  make format mends the first' \
	    'make compile_commands  what clangd and other editors read' \
	    'make cover        which lines the quick tests run' \
	    'make install      PREFIX=/usr SYSCONFDIR=/etc DESTDIR=;  make uninstall leaves configuration and state' \
	    'make clean        remove build/' \
	    'FLAVOUR=release|debug|asan|tsan|cover|fuzz, each in a folder of its own below build/'
