// The disk of the agent's own state is full.
#define BOOST_TEST_DYN_LINK
#include "tests/wire/fixture.hh"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include <csignal>
#include <sys/resource.h>

namespace {

// No file of this process can grow beyond a size that leaves no place for what the agent keeps back, for as long as
// this lives.
class FullDisk {
public:
    FullDisk() {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit little = before_;
        little.rlim_cur = 2 << 20;
        BOOST_REQUIRE(::setrlimit(RLIMIT_FSIZE, &little) == 0);
    }
    ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
    FullDisk(const FullDisk&) = delete;
    FullDisk& operator=(const FullDisk&) = delete;

private:
    rlimit before_{};
};

struct Fixture : wire::Fixture {
    std::optional<FullDisk> full;

    // The agent finds its disk full when it starts.
    void fill_disk() {
        const auto store = std::filesystem::path(agent.context().database.path());
        full.emplace();
        std::filesystem::resize_file(store.parent_path() / "reserve", 0);
        agent.restart();
    }
    std::string status() { return health()["status"]; }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_full_state, Fixture)

BOOST_AUTO_TEST_CASE(begins_nothing_and_leaves_nothing_of_what_it_refused) {
    const auto id = agent.compute("<COMPUTE><NICS/></COMPUTE>");
    fill_disk();
    BOOST_TEST(status() == "degraded");
    for (const auto& [pool, document] : {std::pair{"/compute", "<COMPUTE><NICS/></COMPUTE>"},
                                         {"/network", "<NETWORK><NAME>n</NAME></NETWORK>"},
                                         {"/storage", "<DISK><NAME>d</NAME><SIZE>1</SIZE></DISK>"}}) {
        const auto before = client.get(pool).body;
        const auto refused = client.post(pool, document);
        BOOST_TEST(refused.status == 503);
        BOOST_TEST(refused.body.find("no space left in the agent's state directory") != std::string::npos);
        BOOST_TEST(!refused.header("Retry-After").empty());
        BOOST_TEST(client.get(pool).body == before);
    }
    BOOST_TEST(put(id, "SUSPENDED").status == 503);
    BOOST_TEST(agent.state_of(id) == "ACTIVE");
    full.reset();
    BOOST_TEST(status() == "ready");
    BOOST_TEST(put(id, "SUSPENDED").status == 202);
}

BOOST_AUTO_TEST_CASE(still_stops_and_deletes) {
    const auto image = agent.image();
    const auto network = agent.network();
    const auto stopped = agent.compute("<COMPUTE><NICS/></COMPUTE>"),
               deleted = agent.compute("<COMPUTE><DISKS><DISK image=\"" + image + "\"/></DISKS></COMPUTE>");
    fill_disk();
    BOOST_TEST(put(stopped, "SHUTDOWN").status == 202);
    BOOST_TEST(agent.becomes(stopped, "STOPPED"));
    BOOST_TEST(put(stopped, "RESUME").status == 503);
    for (const auto& path :
         {"/compute/" + stopped, "/compute/" + deleted, "/network/" + network, "/storage/" + image})
        BOOST_TEST(client.remove(path).status == 204, path);
    BOOST_TEST(agent.host().compute().list().empty());
    BOOST_TEST(agent.host().storage().list().empty());
}

BOOST_AUTO_TEST_SUITE_END()
