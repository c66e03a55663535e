#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/http/listener.hh"
#include "tests/support/temp_folder.hh"
#include "tests/unit/http_desk.hh"
#include "tests/unit/http_peer.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>

namespace {

using http::Endpoint;
using http::parse_endpoint;
using namespace wire;

bool has_ipv6() { return http::Address::exists_here({Endpoint::Family::ipv6, "::1", 0, true}); }
boost::test_tools::assertion_result with_ipv6(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result result(has_ipv6());
    result.message() << "this host has no ::1";
    return result;
}

boost::test_tools::assertion_result as_root(boost::unit_test::test_unit_id) {
    boost::test_tools::assertion_result result(::geteuid() == 0);
    result.message() << "only root can give a file away";
    return result;
}

template <class F> std::string message_of(F&& act) {
    try {
        act();
    } catch (const Error& failure) {
        return failure.what();
    }
    return "";
}

// Has systemd's protocol name `socket` as the only inherited one, for as long as this lives.
class Inheritance {
public:
    explicit Inheritance(int socket, const char* name = nullptr) : saved_(::dup(SD_LISTEN_FDS_START)) {
        ::dup2(socket, SD_LISTEN_FDS_START);
        ::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
        ::setenv("LISTEN_FDS", "1", 1);
        if (name) ::setenv("LISTEN_FDNAMES", name, 1);
    }
    ~Inheritance() {
        ::unsetenv("LISTEN_PID");
        ::unsetenv("LISTEN_FDS");
        ::unsetenv("LISTEN_FDNAMES");
        if (saved_) ::dup2(saved_.get(), SD_LISTEN_FDS_START);
    }
    Inheritance(const Inheritance&) = delete;
    Inheritance& operator=(const Inheritance&) = delete;

private:
    Descriptor saved_;
};

} // namespace

BOOST_AUTO_TEST_SUITE(http_listener)

struct Good {
    std::string text, host;
    unsigned port;
    Endpoint::Family family;
    bool loopback;
    friend std::ostream& operator<<(std::ostream& out, const Good& one) { return out << one.text; }
};
const std::vector<Good> good{
    {"127.0.0.1:4567", "127.0.0.1", 4567, Endpoint::Family::ipv4, true},
    {"127.1.2.3:0", "127.1.2.3", 0, Endpoint::Family::ipv4, true},
    {"0.0.0.0:65535", "0.0.0.0", 65535, Endpoint::Family::ipv4, false},
    {"[::1]:4567", "::1", 4567, Endpoint::Family::ipv6, true},
    {"[::]:80", "::", 80, Endpoint::Family::ipv6, false},
    {"unix:/run/a.sock", "/run/a.sock", 0, Endpoint::Family::unix_path, true},
    {"https://127.0.0.1:443", "127.0.0.1", 443, Endpoint::Family::ipv4, true},
    {"https://[::]:443", "::", 443, Endpoint::Family::ipv6, false},
    {"https://unix:/run/a.sock", "/run/a.sock", 0, Endpoint::Family::unix_path, true}};

BOOST_DATA_TEST_CASE(reads_an_endpoint_and_writes_it_back, boost::unit_test::data::make(good), one) {
    const auto endpoint = parse_endpoint(one.text);
    BOOST_TEST(endpoint.host == one.host);
    BOOST_TEST(endpoint.port == one.port);
    BOOST_TEST((endpoint.family == one.family));
    BOOST_TEST(endpoint.loopback == one.loopback);
    BOOST_TEST(endpoint.secure == one.text.starts_with("https://"));
    BOOST_TEST(endpoint.text() == one.text);
}

const std::vector<std::string> bad{"",
                                   "4567",
                                   "127.0.0.1",
                                   "127.0.0.1:",
                                   "127.0.0.1:65536",
                                   "127.0.0.1:-1",
                                   "127.0.0.1:http",
                                   "127.0.0.256:1",
                                   "::1:4567",
                                   "[::1]",
                                   "[::1:4567",
                                   "[127.0.0.1]:1",
                                   "node.example:4567",
                                   ":4567",
                                   "http://127.0.0.1:1",
                                   "https://",
                                   "https://127.0.0.1",
                                   "https://127.0.0.1:1/",
                                   "unix:",
                                   "unix:a.sock",
                                   "unix:/" + std::string(200, 'x')};

BOOST_DATA_TEST_CASE(quotes_what_is_no_endpoint, boost::unit_test::data::make(bad), text) {
    const auto message = message_of([&] { parse_endpoint(text); });
    BOOST_TEST(message.starts_with("\"" + text.substr(0, 20)));
}

BOOST_AUTO_TEST_CASE(takes_localhost_for_the_loopback) {
    BOOST_TEST(parse_endpoint("localhost:1").host == "127.0.0.1");
    BOOST_TEST(parse_endpoint("LOCALHOST:1").loopback);
}

BOOST_AUTO_TEST_CASE(listens_on_both_loopbacks_for_localhost) {
    const auto listeners = http::listen_on("localhost:0");
    BOOST_TEST(listeners.size() == (has_ipv6() ? 2U : 1U));
    for (const auto& listener : listeners) {
        BOOST_TEST(listener.endpoint.port == listeners.front().endpoint.port);
        BOOST_CHECK_NO_THROW(Peer(listener.endpoint));
    }
}

BOOST_AUTO_TEST_CASE(listens_on_both_loopbacks_for_localhost_through_tls) {
    for (const auto& listener : http::listen_on("https://localhost:0")) BOOST_TEST(listener.endpoint.secure);
}

BOOST_AUTO_TEST_CASE(names_an_address_that_is_taken) {
    const auto first = http::listen(parse_endpoint("127.0.0.1:0"));
    const auto name = first.endpoint.text();
    BOOST_TEST(message_of([&] { http::listen(first.endpoint); }) ==
               "cannot listen on " + name + ": address already in use");
}

BOOST_AUTO_TEST_CASE(serves_ipv6, *boost::unit_test::precondition(with_ipv6)) {
    Office office({}, "[::1]:0");
    BOOST_TEST(Peer(office.endpoint).ask(get("/peer")).body.starts_with("[::1]:"));
}

BOOST_AUTO_TEST_CASE(serves_a_unix_socket_for_owner_and_group) {
    support::TempFolder folder;
    const auto path = folder.path() / "agent.sock";
    Office office({}, "unix:" + path.string());
    BOOST_TEST(Peer(office.endpoint).ask(get("/peer")).body == "unix");
    struct stat found {};
    BOOST_TEST(::stat(path.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 0777) == 0660U);
}

BOOST_AUTO_TEST_CASE(gives_a_unix_socket_the_mode_and_the_owner_it_is_told,
                     *boost::unit_test::precondition(as_root)) {
    support::TempFolder folder;
    const auto path = folder.path() / "agent.sock";
    const auto listener =
        http::listen(parse_endpoint("unix:" + path.string()), http::SocketAccess{0606, "daemon", "12345"});
    struct stat found {};
    BOOST_TEST(::stat(path.c_str(), &found) == 0);
    BOOST_TEST((found.st_mode & 0777) == 0606U);
    BOOST_TEST(found.st_uid == 1U); // of daemon, in every Debian
    BOOST_TEST(found.st_gid == 12345U);
}

BOOST_AUTO_TEST_CASE(names_a_user_or_group_that_is_not_there) {
    support::TempFolder folder;
    const auto endpoint = parse_endpoint("unix:" + (folder.path() / "agent.sock").string());
    BOOST_TEST(message_of([&] {
                   http::listen(endpoint, {0660, "no such user", ""});
               }) == "cannot listen on " + endpoint.text() + ": this host has no user \"no such user\"");
    BOOST_TEST(message_of([&] {
                   http::listen(endpoint, {0660, "", "nobodies"});
               }) == "cannot listen on " + endpoint.text() + ": this host has no group \"nobodies\"");
    BOOST_TEST(!http::fault_of({0660, "root", "0"}));
}

BOOST_AUTO_TEST_CASE(replaces_a_socket_file_that_nobody_answers_on) {
    support::TempFolder folder;
    const auto endpoint = parse_endpoint("unix:" + (folder.path() / "agent.sock").string());
    http::listen(endpoint); // closed at once; the file stays
    Office office({}, endpoint.text());
    BOOST_TEST(Peer(office.endpoint).ask(get("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(leaves_a_socket_file_that_somebody_answers_on) {
    support::TempFolder folder;
    Office office({}, "unix:" + (folder.path() / "agent.sock").string());
    const auto message = message_of([&] { http::listen(office.endpoint); });
    BOOST_TEST(message.ends_with("address already in use"));
    BOOST_TEST(Peer(office.endpoint).ask(get("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(leaves_a_file_that_is_no_socket) {
    support::TempFolder folder;
    const auto path = folder.path() / "agent.sock";
    std::ofstream(path) << "precious";
    BOOST_TEST(message_of([&] { http::listen(parse_endpoint("unix:" + path.string())); }) != "");
    BOOST_TEST(std::filesystem::file_size(path) == 8U);
}

BOOST_AUTO_TEST_CASE(serves_a_socket_from_systemd) {
    const auto made = http::listen(parse_endpoint("127.0.0.1:0"));
    Inheritance inheritance(made.socket.get());
    auto listeners = http::inherited();
    BOOST_TEST_REQUIRE(listeners.size() == 1U);
    BOOST_TEST(listeners.front().endpoint.text() == made.endpoint.text());
    BOOST_TEST(listeners.front().name == "");
    BOOST_TEST(http::inherited().empty()); // they are taken once
    Office office({}, std::move(listeners.front()));
    BOOST_TEST(Peer(made.endpoint).ask(get("/")).status == 200);
}

BOOST_AUTO_TEST_CASE(knows_the_name_that_systemd_gave_a_socket) {
    const auto made = http::listen(parse_endpoint("127.0.0.1:0"));
    Inheritance inheritance(made.socket.get(), "front.socket");
    const auto listeners = http::inherited();
    BOOST_TEST_REQUIRE(listeners.size() == 1U);
    BOOST_TEST(listeners.front().name == "front.socket");
    BOOST_TEST(!listeners.front().endpoint.secure);
}

BOOST_AUTO_TEST_CASE(takes_a_socket_of_the_name_https_for_tls) {
    const auto made = http::listen(parse_endpoint("127.0.0.1:0"));
    Inheritance inheritance(made.socket.get(), "https");
    BOOST_TEST(http::inherited().at(0).endpoint.text() == "https://" + made.endpoint.text());
}

BOOST_AUTO_TEST_CASE(refuses_a_descriptor_from_systemd_that_does_not_listen) {
    const Descriptor idle(::socket(AF_INET, SOCK_STREAM, 0));
    Inheritance inheritance(idle.get());
    BOOST_TEST(
        message_of([] { http::inherited(); }).starts_with("the inherited descriptor 3 is no listening"));
}

BOOST_AUTO_TEST_CASE(inherits_nothing_by_itself) { BOOST_TEST(http::inherited().empty()); }

BOOST_AUTO_TEST_SUITE_END()
