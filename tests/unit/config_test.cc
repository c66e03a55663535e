#define BOOST_TEST_DYN_LINK
#include "agent/config/keys.hh"
#include "agent/config/load.hh"
#include "tests/unit/config_scene.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fmt/core.h>
#include <ostream>
#include <set>

namespace data = boost::unit_test::data;
using namespace std::string_literals;
using namespace scene;

namespace {

constexpr std::uint64_t mebibyte = 1 << 20;
constexpr std::uint64_t gibibyte = 1 << 30;

std::vector<std::string> problems_of(const std::filesystem::path& file, bool must_exist = true) {
    try {
        load_config(file, must_exist);
        return {};
    } catch (const ConfigError& failure) {
        BOOST_TEST((failure.fault() == Fault::invalid));
        return failure.problems;
    }
}

// What is wrong with `content` as the only file, without the file's name; "good" when nothing.
std::string verdict(const std::string& content) {
    const TempConfig config(content);
    std::string all;
    for (const auto& problem : problems_of(config.file())) {
        BOOST_TEST(problem.starts_with(config.file().string() + ":"));
        all += (all.empty() ? "" : "|") + problem.substr(config.file().string().size() + 1);
    }
    return all.empty() ? "good" : all;
}

struct Case {
    std::string content, sentence;
};
std::ostream& operator<<(std::ostream& out, const Case& c) { return out << c.content.substr(0, 60); }

const std::string long_name(33, 'x');

const std::vector<Case> refused{
    {"[nonsense]\n", "1: there is no section [nonsense]"},
    {"[Agent]\n", "1: there is no section [Agent]"},
    {"[instance_type]\n", "1: there is no section [instance_type]"},
    {"[nonsense]\nx = 1\ny = 2\n", "1: there is no section [nonsense]"},
    {"[agent]\nlisten = 127.0.0.1:1\n", "2: [agent] has no key \"listen\""},
    {"[agent]\nState = /x\n", "2: [agent] has no key \"State\""},
    {"state = /x\n", "1: \"state\" is outside of a section"},
    {"[agent]\nstate = var\n", "2: state = var: must be an absolute path"},
    {"[agent]\nstate =\n", "2: state = : must be an absolute path"},
    {"[agent]\nlog_level = loud\n", "2: log_level = loud: must be one of error, warning, info, debug"},
    {"[agent]\nlog_level =\n", "2: log_level = : must be one of error, warning, info, debug"},
    {"[agent]\nlog_level = info\nlog_level = info\n", "3: \"log_level\" is already set in this file"},
    {"[agent]\nlog_level = info\n[http]\n[agent]\nlog_level = info\n",
     "5: \"log_level\" is already set in this file"},
    {"[http]\nlisten =\n", "2: listen = : must be an address with a port, or unix:/PATH"},
    {"[http]\nsocket_mode = 0777\n",
     "2: socket_mode = 0777: must be an octal mode of reading and writing, such as 0660"},
    {"[http]\nsocket_mode = 99\n",
     "2: socket_mode = 99: must be an octal mode of reading and writing, such as 0660"},
    {"[http]\nsocket_mode =\n",
     "2: socket_mode = : must be an octal mode of reading and writing, such as 0660"},
    {"[http]\ntrusted_proxy = 10.0.0.1/8\n",
     "2: trusted_proxy = 10.0.0.1/8: must be an address, a network such as 10.0.0.0/8, or unix"},
    {"[http]\npublic_url = https://a/cloud\n", "2: public_url = https://a/cloud: must be https:// or "
                                               "http://, a name, a port if need be, and no path, or empty"},
    {"[http]\nconnections = 0\n", "2: connections = 0: must be a whole number from 1 to 1000000"},
    {"[http]\nheader_time = 10s\n", "2: header_time = 10s: must be a whole number from 1 to 3600"},
    {"[http]\nbody_bytes = 2G\n", "2: body_bytes = 2G: must be a whole number from 1024 to 1073741824"},
    {"[tls]\nkey = node.key\n", "2: key = node.key: must be an absolute path"},
    {"[libvirt]\nuri = qemu\n", "2: uri = qemu: must be a libvirt URI, such as qemu:///system"},
    {"[libvirt]\nuri =\n", "2: uri = : must be a libvirt URI, such as qemu:///system"},
    {"[compute]\ntype = KVM\n", "2: type = KVM: must be one of auto, kvm, qemu"},
    {"[compute]\narch = amd64\n", "2: arch = amd64: must be one of host, x86_64, i686, aarch64"},
    {"[compute]\nstop_time = 0\n", "2: stop_time = 0: must be a whole number from 1 to 3600"},
    {"[compute]\nstop_time = 60s\n", "2: stop_time = 60s: must be a whole number from 1 to 3600"},
    {"[storage]\npath = ../x\n", "2: path = ../x: must be an absolute path"},
    {"[storage]\nimport_from = x\n", "2: import_from = x: must be an absolute path"},
    {"[network]\ndefault =\n", "2: default = : must be auto, none, or the name of a network"},
    {"[network]\ndefault = a\xe2\x80\xae\n",
     "2: default = a\\xe2\\x80\\xae: must be auto, none, or the name of a network"},
    {"[instance_type small]\ncpu = 0\n", "2: cpu = 0: must be a whole number from 1 to 1024"},
    {"[instance_type small]\ncpu = 1025\n", "2: cpu = 1025: must be a whole number from 1 to 1024"},
    {"[instance_type small]\ncpu = 1e3\n", "2: cpu = 1e3: must be a whole number from 1 to 1024"},
    {"[instance_type small]\ncpu = 99999999999999999999\n",
     "2: cpu = 99999999999999999999: must be a whole number from 1 to 1024"},
    {"[instance_type small]\nmemory_mib = 15\n",
     "2: memory_mib = 15: must be a whole number from 16 to 16777216"},
    {"[instance_type small]\nmemory_mib = 16777217\n",
     "2: memory_mib = 16777217: must be a whole number from 16 to 16777216"},
    {"[instance_type small]\ndisk_gib = 65537\n",
     "2: disk_gib = 65537: must be a whole number from 0 to 65536"},
    {"[instance_type small]\ndisk = 1\n", "2: [instance_type] has no key \"disk\""},
    {"[instance_type small]\ncpu = 1\n[instance_type small]\ncpu = 2\n",
     "4: \"cpu\" is already set in this file"},
    {"[agent]\nstate = /" + std::string(200, 'x') + "\n", "2: the line has more than 190 bytes"},
    {"[agent]\nstate = /a\0b\n"s, "2: the line has a control character"},
    {"[agent]\nstate = /\xff\n", "2: the line is not UTF-8"},
    {"[instance_type NAME]\n",
     "1: \"NAME\" is no name of an instance type: 1 to 32 of a-z, 0-9, '_', '.', '-', and first a "
     "letter or a digit"},
};

// None of them has its default.
constexpr auto every_key = R"([agent]
state = /s
log_level = debug
[http]
listen = [::1]:80
socket_mode = 0600
socket_owner = a
socket_group = 7
access_log = no
trusted_proxy = 10.0.0.0/8
public_url = https://a
connections = 1
connections_per_address = 2
requests_per_connection = 3
header_bytes = 1024
header_count = 8
target_bytes = 256
body_bytes = 2048
body_rate = 4
header_time = 5
body_time = 6
idle_time = 7
write_time = 8
workers = 9
stream_workers = 12
queued = 10
streams = 11
[tls]
certificate = /c
key = /k
client_ca = /a
crl = /r
[auth]
passwords = /pw
tokens = /t
client_map = /m
socket_map = user:root administrator
issuer = https://i
audience = a
jwks = /j
introspect = https://q
client_id = c
client_secret = /cs
name_claim = n
roles_claim = r
grant = g viewer
other_role = user
issuer_network = 10.0.0.0/8
issuer_ca = /ca
issuer_proxy = http://p
[libvirt]
uri = lxc:///
[compute]
type = qemu
arch = aarch64
stop_time = 5
[storage]
path = /p
import_from = /i
largest_gib = 7
[network]
default = lab 1
[instance_type tiny]
cpu = 3
memory_mib = 64
disk_gib = 2
)";

const std::vector<std::string> bad_type_names{" ",   "Small", "-a",        ".a",  "_a",
                                              "a b", "a/b",   "a\xc3\xbc", "a\"", long_name};
const std::vector<std::string> good_type_names{"a", "0", "m1.tiny", "a_b-c", std::string(32, 'x')};

} // namespace

BOOST_AUTO_TEST_SUITE(config)

BOOST_AUTO_TEST_CASE(takes_each_of_its_own_defaults) {
    Config built;
    for (const auto& key : settings::keys()) {
        if (key.value.clear) key.value.clear(built, a_type);
        for (const auto& text : shown(key, Config(), a_type))
            BOOST_TEST(key.value.put(built, a_type, text), key.name << " may not be " << text);
    }
    check_same(built, Config());
}

BOOST_AUTO_TEST_CASE(says_in_sentences_what_every_key_means) {
    for (const auto& key : settings::keys()) {
        BOOST_TEST(key.explanation.ends_with('.'), key.name << " is explained by " << key.explanation);
        BOOST_TEST(std::ranges::count(key.explanation, '`') % 2 == 0, key.explanation);
    }
}

BOOST_AUTO_TEST_CASE(has_every_key_once_and_in_a_section) {
    std::size_t of_sections = 0;
    std::set<std::string> titles;
    for (const auto& section : settings::sections())
        for (const auto* key : settings::keys_of(section)) {
            ++of_sections;
            titles.insert(settings::title_of(*key));
        }
    BOOST_TEST(of_sections == settings::keys().size());
    BOOST_TEST(titles.size() == settings::keys().size());
}

BOOST_AUTO_TEST_CASE(is_complete_without_a_file) {
    const support::TempFolder folder;
    check_same(load_config(folder.path() / "none.conf", false), Config());
}

BOOST_AUTO_TEST_CASE(misses_a_file_that_was_named) {
    const support::TempFolder folder;
    const auto file = folder.path() / "none.conf";
    const std::vector<std::string> expected{file.string() + ": cannot be read: No such file or directory"};
    BOOST_TEST(problems_of(file) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(takes_every_key) {
    const auto config = TempConfig(every_key).load();
    BOOST_TEST(config.given.size() == settings::keys().size());
    Config expected;
    using std::chrono::seconds;
    expected.state = "/s";
    expected.log_level = logging::Level::debug;
    expected.listen = {"[::1]:80"};
    expected.sockets = {0600, "a", "7"};
    expected.access_log = false;
    expected.limits = {.connections = 1,
                       .connections_per_address = 2,
                       .requests_per_connection = 3,
                       .header_bytes = 1024,
                       .header_count = 8,
                       .target_bytes = 256,
                       .body_bytes = 2048,
                       .body_rate = 4,
                       .header_time = seconds(5),
                       .body_time = seconds(6),
                       .idle_time = seconds(7),
                       .write_time = seconds(8),
                       .workers = 9,
                       .stream_workers = 12,
                       .queued = 10,
                       .streams = 11};
    expected.proxies = {{http::Network::parse("10.0.0.0/8").value()}, "https://a"};
    expected.tls = {"/c", "/k", "/a", {"/r"}};
    expected.auth = {.passwords = "/pw",
                     .tokens = "/t",
                     .client_map = "/m",
                     .socket_map = {"user:root administrator"},
                     .issuer = "https://i",
                     .audience = {"a"},
                     .jwks = "/j",
                     .introspect = "https://q",
                     .client_id = "c",
                     .client_secret = "/cs",
                     .name_claim = "n",
                     .roles_claim = "r",
                     .grants = {"g viewer"},
                     .other_role = "user",
                     .issuer_networks = {"10.0.0.0/8"},
                     .issuer_ca = "/ca",
                     .issuer_proxy = "http://p"};
    expected.libvirt.console_path = "/s/console";
    expected.libvirt.uri = "lxc:///";
    expected.libvirt.machine_type = "qemu";
    expected.libvirt.arch = "aarch64";
    expected.services.stop_time = seconds(5);
    expected.libvirt.pool_path = "/p";
    expected.services.import_from = {"/i"};
    expected.services.largest_bytes = 7 * gibibyte;
    expected.services.default_network = "lab 1";
    expected.instance_types.push_back({"tiny", 3, 64 * mebibyte, 2 * gibibyte});
    check_same(config, expected);
}

BOOST_AUTO_TEST_CASE(shows_every_value_as_it_was_written) {
    const auto config = TempConfig(every_key).load();
    for (const auto& key : settings::keys()) {
        const bool of_a_thing = key.section.find(' ') != key.section.npos;
        const auto& given = config.given.at(settings::title_of(key, of_a_thing ? "tiny" : ""));
        BOOST_REQUIRE(given.size() == 1U);
        BOOST_TEST(shown(key, config, "tiny") == std::vector{given.front().value},
                   boost::test_tools::per_element());
    }
}

BOOST_AUTO_TEST_CASE(reads_a_mode_without_its_zero) {
    BOOST_TEST(TempConfig("[http]\nsocket_mode = 600\n").load().sockets.mode == 0600U);
}

BOOST_DATA_TEST_CASE(refuses_and_says_where, data::make(refused)) {
    BOOST_TEST(verdict(sample.content) == sample.sentence);
}

BOOST_DATA_TEST_CASE(refuses_an_instance_type_of_a_bad_name, data::make(bad_type_names)) {
    BOOST_TEST(verdict("[instance_type " + sample + "]\ncpu = 0\n").find("is no name of an instance type") !=
               std::string::npos);
}

BOOST_DATA_TEST_CASE(adds_an_instance_type, data::make(good_type_names)) {
    const auto config = TempConfig("[instance_type " + sample + "]\ncpu = 2\n").load();
    BOOST_REQUIRE(config.instance_types.size() == 5u);
    BOOST_TEST((config.instance_types.back() == occi::Model::Template{sample, 2, gibibyte, 0}));
}

BOOST_AUTO_TEST_CASE(changes_an_instance_type_in_its_place) {
    const auto config = TempConfig("[instance_type medium]\nmemory_mib = 4096\n").load();
    BOOST_REQUIRE(config.instance_types.size() == 4u);
    BOOST_TEST((config.instance_types[1] == occi::Model::Template{"medium", 2, 4 * gibibyte, 20 * gibibyte}));
}

BOOST_AUTO_TEST_CASE(lets_volumes_and_images_follow_the_state) {
    const auto moved = TempConfig("[agent]\nstate = /srv/occi\n").load();
    BOOST_TEST(moved.libvirt.pool_path == "/srv/occi/volumes");
    BOOST_TEST(moved.services.import_from == std::vector<std::filesystem::path>{"/srv/occi/images"},
               boost::test_tools::per_element());
    const auto set =
        TempConfig(
            "[agent]\nstate = /srv/occi\n[storage]\npath = /var/lib/occi-agent/volumes\nimport_from =\n")
            .load();
    BOOST_TEST(set.libvirt.pool_path == "/var/lib/occi-agent/volumes");
    BOOST_TEST(set.services.import_from.empty());
}

BOOST_AUTO_TEST_CASE(repeats_a_key_within_a_file_and_replaces_it_in_the_next) {
    const TempConfig files("[http]\nlisten = 127.0.0.1:1\nlisten = 127.0.0.1:2\n[storage]\nimport_from = "
                           "/a\nimport_from = /b\n");
    const auto config = files.load();
    const std::vector<std::string> both{"127.0.0.1:1", "127.0.0.1:2"};
    BOOST_TEST(config.listen == both, boost::test_tools::per_element());
    BOOST_TEST(config.origin_of("[http] listen", 0) == files.file().string() + ":2");
    BOOST_TEST(config.origin_of("[http] listen", 1) == files.file().string() + ":3");
    BOOST_TEST(config.services.import_from.size() == 2u);

    files.drop_in("a.conf", "[http]\nlisten = unix:/x\n");
    const auto replaced = files.load();
    BOOST_TEST(replaced.listen == std::vector<std::string>{"unix:/x"}, boost::test_tools::per_element());
    BOOST_TEST(replaced.origin_of("[http] listen", 0) == files.in_folder("occi-agent.conf.d/a.conf") + ":2");
    BOOST_TEST(replaced.services.import_from.size() == 2u);
}

BOOST_AUTO_TEST_CASE(remembers_what_was_given_and_where) {
    const TempConfig files(
        "[http]\nlisten = 127.0.0.1:1\nlisten = 127.0.0.1:2\n[instance_type small]\ncpu = 2\n");
    files.drop_in("a.conf", "[agent]\nlog_level = debug\n[http]\nlisten = unix:/x\n");
    const auto config = files.load();
    BOOST_TEST(config.given.size() == 3u);
    BOOST_REQUIRE(config.given.at("[http] listen").size() == 1u);
    BOOST_TEST(config.given.at("[http] listen").front().value == "unix:/x");
    BOOST_TEST(config.given.at("[instance_type small] cpu").front().value == "2");
    BOOST_TEST(config.origin_of("[agent] log_level") == files.in_folder("occi-agent.conf.d/a.conf") + ":2");
    BOOST_TEST(config.origin_of("[compute] arch") == "default");
    BOOST_TEST(config.origin_of("[http] listen", 1) == "default");
}

BOOST_AUTO_TEST_CASE(lets_later_files_win_in_the_order_of_their_names) {
    const TempConfig files("[agent]\nlog_level = error\n[compute]\narch = i686\n");
    files.drop_in("20.conf", "[agent]\nlog_level = debug\n");
    files.drop_in("10.conf", "[agent]\nlog_level = warning\n[instance_type b]\n");
    files.drop_in(".hidden.conf", "nonsense\n");
    files.drop_in("30.conf.bak", "nonsense\n");
    const auto config = files.load();
    BOOST_TEST((config.log_level == logging::Level::debug));
    BOOST_TEST(config.libvirt.arch == "i686");
    BOOST_TEST(config.instance_types.back().name == "b");
}

BOOST_AUTO_TEST_CASE(reads_drop_ins_without_the_file) {
    const TempConfig files("");
    files.drop_in("a.conf", "[compute]\ntype = qemu\n");
    std::filesystem::remove(files.file());
    BOOST_TEST(load_config(files.file(), false).libvirt.machine_type == "qemu");
}

BOOST_AUTO_TEST_CASE(reports_every_fault_of_every_file_at_once) {
    const TempConfig files("x = 1\n[nonsense]\n[agent]\nstate = rel\nlog_level = loud\n");
    files.drop_in("a.conf", "[compute]\ntype = xen\n");
    std::filesystem::create_directories(files.in_folder("occi-agent.conf.d/b.conf"));
    files.drop_in("c.conf", "[agent]\ncolour = red\n");
    const auto problems = problems_of(files.file());
    BOOST_TEST(problems.size() == 7u);
    BOOST_TEST(problems.back() ==
               files.in_folder("occi-agent.conf.d/c.conf") + ":2: [agent] has no key \"colour\"");
    try {
        files.load();
    } catch (const Error& failure) {
        BOOST_TEST(failure.what() == "the configuration has 7 faults, the first: " + problems.front());
    }
}

BOOST_AUTO_TEST_SUITE_END()
