// What the journal gets of an agent whose standard error leads there. This private host has no journal, and its /run is
// its own: the test listens in the journal's place.
#define BOOST_TEST_DYN_LINK
#include "agent/base/text.hh"
#include "tests/support/agent_process.hh"

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <optional>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

namespace {

using Record = std::map<std::string, std::string>; // field and value

// Temp: takes its socket away again.
class Journal {
public:
    Journal() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        std::filesystem::create_directories(std::filesystem::path(path).parent_path());
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::string_view(path).copy(address.sun_path, sizeof address.sun_path - 1);
        BOOST_REQUIRE(::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) ==
                      0);
    }
    ~Journal() { std::filesystem::remove(path); }
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    // The next record that has this field with this value, past those that do not.
    std::optional<Record> find(const std::string& field, const std::string& value) const {
        constexpr int most = 1000;
        for (int i = 0; i < most; ++i) {
            auto record = next();
            if (!record) return std::nullopt;
            const auto found = record->find(field);
            if (found != record->end() && found->second == value) return record;
        }
        return std::nullopt;
    }

private:
    static constexpr auto path = "/run/systemd/journal/socket";

    std::optional<Record> next() const {
        pollfd waiter{socket_.get(), POLLIN, 0};
        if (::poll(&waiter, 1, 20'000) != 1) return std::nullopt;
        std::string bytes(65'536, '\0');
        const auto count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
        bytes.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
        Record record;
        for (const auto& line : text::split(bytes, '\n'))
            if (const auto equals = line.find('='); equals != std::string::npos)
                record[line.substr(0, equals)] = line.substr(equals + 1);
        return record;
    }

    Descriptor socket_;
};

// As systemd tells a service that its standard error is the journal.
class JournalStream {
public:
    explicit JournalStream(const std::filesystem::path& file) {
        struct stat found {};
        BOOST_REQUIRE(::stat(file.c_str(), &found) == 0);
        ::setenv("JOURNAL_STREAM",
                 (std::to_string(found.st_dev) + ":" + std::to_string(found.st_ino)).c_str(), 1);
    }
    ~JournalStream() { ::unsetenv("JOURNAL_STREAM"); }
    JournalStream(const JournalStream&) = delete;
    JournalStream& operator=(const JournalStream&) = delete;
};

} // namespace

BOOST_AUTO_TEST_SUITE(live_journal)

BOOST_AUTO_TEST_CASE(gets_each_request_with_its_fields) {
    support::AgentProcess agent;
    const Journal journal;
    const JournalStream stream(agent.folder() / "log");
    agent.end();
    const auto written = agent.log();
    agent.start();
    const auto answer = agent.client().send("GET", "/nothing", {}, {{"X-Request-Id", "mine-1"}});
    BOOST_TEST(answer.status == 404);
    BOOST_TEST(answer.header("X-Request-Id") == "mine-1");
    const auto record = journal.find("OCCI_REQUEST", "mine-1");
    BOOST_TEST_REQUIRE(record.has_value());
    BOOST_TEST(record->at("PRIORITY") == "6");
    BOOST_TEST(record->at("OCCI_METHOD") == "GET");
    BOOST_TEST(record->at("OCCI_PATH") == "/nothing");
    BOOST_TEST(record->at("OCCI_STATUS") == "404");
    BOOST_TEST(record->at("OCCI_USER") == "local");
    BOOST_TEST(record->at("OCCI_BYTES") == std::to_string(answer.body.size()));
    BOOST_TEST(record->at("MESSAGE").starts_with("GET /nothing 404 "));
    BOOST_TEST(record->at("SYSLOG_IDENTIFIER") == "occi-agent");
    BOOST_TEST(agent.end() == 0);
    BOOST_TEST(journal.find("MESSAGE", "ending; guests go on").has_value());
    BOOST_TEST(agent.log() == written); // nothing twice
}

BOOST_AUTO_TEST_SUITE_END()
