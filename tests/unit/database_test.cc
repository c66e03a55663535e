#define BOOST_TEST_DYN_LINK
#include "agent/base/answering.hh"
#include "agent/base/error.hh"
#include "agent/state/journal.hh"
#include "agent/state/schema.hh"
#include "agent/state/store.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <future>
#include <map>
#include <optional>
#include <sqlite3.h>
#include <thread>

using namespace state;

namespace {

// The file of an earlier release, as it was.
constexpr auto version_1 =
    "CREATE TABLE compute (id TEXT PRIMARY KEY, phase INTEGER NOT NULL, message TEXT "
    "NOT NULL, note TEXT NOT NULL) STRICT;"
    "CREATE TABLE storage (id TEXT PRIMARY KEY, phase INTEGER NOT NULL, message TEXT "
    "NOT NULL, owner TEXT NOT NULL,"
    " title TEXT NOT NULL, url TEXT NOT NULL, bytes INTEGER NOT NULL) STRICT;"
    "CREATE TABLE network (id TEXT PRIMARY KEY, phase INTEGER NOT NULL, owner TEXT "
    "NOT NULL, title TEXT NOT NULL,"
    " size TEXT NOT NULL) STRICT;"
    "INSERT INTO network VALUES ('6695eb01-0000-4000-8000-000000000001', 1, 'ann', 'lab', "
    "'C');"
    "PRAGMA user_version = 1;";

void change(const std::filesystem::path& file, const std::function<void(sqlite3*)>& by) {
    sqlite3* raw = nullptr;
    BOOST_REQUIRE_EQUAL(sqlite3_open(file.c_str(), &raw), SQLITE_OK);
    by(raw);
    sqlite3_close(raw);
}
void run(const std::filesystem::path& file, const char* sql) {
    change(file, [&](sqlite3* raw) {
        BOOST_TEST(sqlite3_exec(raw, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sqlite3_errmsg(raw));
    });
}

Operation operation(std::uint64_t number) {
    Operation made;
    made.number = number;
    made.id = new_uuid();
    made.kind = "create compute";
    return made;
}

// So many pages at most, as if the disk were full; whether something can be given up is the file's business.
void limit_pages(Database& database, const std::string& count) {
    database.read([&](sqlite3* raw) { Statement(raw, ("PRAGMA max_page_count=" + count).c_str()).run(); });
}

// A disk that takes bytes, and fails to keep them, as SQLite's log sees it.
class FailingDisk {
public:
    explicit FailingDisk(Database& database) {
        database.read([this](sqlite3* raw) {
            sqlite3_file_control(raw, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log_);
            usual_ = log_->pMethods;
            failing_ = *usual_;
            failing_.xSync = [](sqlite3_file*, int) { return SQLITE_IOERR_FSYNC; };
            log_->pMethods = &failing_;
        });
    }
    ~FailingDisk() { log_->pMethods = usual_; }
    FailingDisk(const FailingDisk&) = delete;
    FailingDisk& operator=(const FailingDisk&) = delete;

private:
    sqlite3_file* log_ = nullptr;
    const sqlite3_io_methods* usual_ = nullptr;
    sqlite3_io_methods failing_{};
};

} // namespace

BOOST_AUTO_TEST_SUITE(database)

BOOST_AUTO_TEST_CASE(brings_an_older_file_up_to_date_and_keeps_what_is_in_it) {
    support::TempFolder folder;
    run(folder.path() / "occi-agent.sqlite", version_1);
    Database database(folder.path());
    Store store(database);
    BOOST_REQUIRE_EQUAL(store.networks().size(), 1U);
    BOOST_TEST(store.networks()[0].title == "lab");
    Journal journal(database);
    auto planned = operation(1);
    journal.plan(planned, Database::Sync::now);
    BOOST_TEST(journal.unfinished().size() == 1U);
}

BOOST_AUTO_TEST_CASE(finds_the_order_of_what_an_earlier_release_has_made) {
    support::TempFolder folder;
    const auto file = folder.path() / "occi-agent.sqlite";
    const std::string first = "f695eb01-0000-4000-8000-000000000001",
                      second = "0695eb01-0000-4000-8000-000000000002";
    change(file, [](sqlite3* raw) { migrate(raw, 7); });
    const auto creation = [&](const std::string& number, const std::string& id) {
        run(file, ("INSERT INTO operation VALUES (" + number + ", '" + number +
                   "', 'create network', 'network', '" + id +
                   "', '', '', '', 3, 1, 1, '', 100, '', 0, 0, 0, 0);"
                   "INSERT INTO network (id, phase, owner, title, size) VALUES ('" +
                   id + "', 1, '', '', 'C');")
                      .c_str());
    };
    creation("7", first);
    creation("8", second);
    Database database(folder.path());
    BOOST_TEST(!database.is_incomplete());
    std::map<std::string, std::uint64_t> places;
    for (const auto& record : Store(database).networks()) places[record.id] = record.place;
    BOOST_TEST(places.at(first) == 7U);
    BOOST_TEST(places.at(second) == 8U);
}

BOOST_AUTO_TEST_CASE(changes_nothing_when_a_transaction_throws) {
    support::TempFolder folder;
    Database database(folder.path());
    BOOST_CHECK_THROW(
        database.write(Database::Sync::later,
                       [](sqlite3* raw) {
                           Statement(raw, "INSERT INTO network VALUES ('n', 1, '', '', '')").run();
                           throw std::runtime_error("on purpose");
                       }),
        std::runtime_error);
    BOOST_TEST(Store(database).networks().empty());
}

BOOST_AUTO_TEST_CASE(begins_nothing_new_on_a_full_disk_until_there_is_room) {
    support::TempFolder folder;
    Database database(folder.path());
    Journal journal(database);
    auto first = operation(1), second = operation(2);
    journal.plan(first, Database::Sync::now);
    limit_pages(database, "1"); // SQLite takes what the file has now
    first.message = std::string(1 << 20, 'x');
    BOOST_CHECK_THROW(journal.save(first, Database::Sync::now), Error);
    limit_pages(database, "1000000");
    BOOST_TEST(database.has_room()); // the reserve is taken again
    journal.save(first, Database::Sync::now);
    journal.plan(second, Database::Sync::now);
    BOOST_TEST(journal.unfinished().size() == 2U);
}

BOOST_AUTO_TEST_CASE(says_that_its_disk_fails_until_something_has_reached_it_again) {
    support::TempFolder folder;
    Database database(folder.path());
    Journal journal(database);
    auto first = operation(1), second = operation(2);
    journal.plan(first, Database::Sync::now);
    {
        const FailingDisk disk(database);
        BOOST_CHECK_THROW(journal.plan(second, Database::Sync::now), Error);
        database.look_after();
        first.message = "what is in the page cache";
        journal.save(first, Database::Sync::later);
        const auto told = database.troubles();
        BOOST_REQUIRE_EQUAL(told.size(), 1U);
        BOOST_TEST(told[0].find("cannot be written: disk I/O error") != told[0].npos, told[0]);
    }
    BOOST_TEST(database.troubles().size() == 1U);
    database.look_after();
    BOOST_TEST(database.troubles().empty());
    journal.plan(second, Database::Sync::now);
    BOOST_TEST(journal.unfinished().size() == 2U);
}

BOOST_AUTO_TEST_CASE(does_not_blame_the_disk_for_what_was_asked) {
    support::TempFolder folder;
    Database database(folder.path());
    const auto add = [](sqlite3* raw) {
        Statement(raw, "INSERT INTO sqlite_sequence VALUES ('n', 1, 2)").run();
    };
    BOOST_CHECK_THROW(database.write(Database::Sync::now, add), Error);
    BOOST_TEST(database.troubles().empty());
}

BOOST_AUTO_TEST_CASE(keeps_pages_of_the_journal_and_forgets_what_is_old) {
    support::TempFolder folder;
    Database database(folder.path());
    Journal journal(database);
    const auto now = std::chrono::system_clock::now();
    for (unsigned i = 0; i < 5; ++i) {
        auto each = operation(i + 1);
        each.owner = i % 2 == 0 ? "ann" : "bob";
        each.key = "key " + std::to_string(i);
        journal.plan(each, Database::Sync::later);
        if (i == 0) continue; // under way for a long time
        each.stage = Stage::done;
        each.ended = i == 1 ? now - std::chrono::hours(8 * 24) : now;
        journal.save(each, Database::Sync::later);
    }
    BOOST_TEST(journal.page(UINT64_MAX, 2, Reach::of_all()).size() == 2U);
    BOOST_TEST(journal.page(UINT64_MAX, 10, {.name = "ann"}).size() == 3U);
    BOOST_TEST(journal.page(3, 10, Reach::of_all()).size() == 2U);
    BOOST_TEST(journal.find_by_key("key 3")->owner == "bob");
    BOOST_TEST(!journal.find_by_key("").has_value());
    journal.prune(now);
    BOOST_TEST(journal.page(UINT64_MAX, 10, Reach::of_all()).size() == 4U);
    BOOST_TEST(!journal.find_by_key("key 1").has_value());
}

BOOST_AUTO_TEST_CASE(whose_disk_hangs_holds_up_nobody_who_answers_and_says_so) {
    support::TempFolder folder;
    Database database(folder.path(), DiskLock::Patience(20));
    std::promise<void> begun, answering;
    std::jthread writer([&] {
        database.write(Database::Sync::later, [&](sqlite3*) {
            begun.set_value();
            answering.get_future().wait();
        });
    });
    begun.get_future().wait();
    const auto fault = std::async(std::launch::async, [&]() -> std::optional<Fault> {
                           answering::mark_this_thread();
                           try {
                               database.read([](sqlite3*) {});
                               return std::nullopt;
                           } catch (const Error& failure) {
                               return failure.fault();
                           }
                       }).get();
    BOOST_TEST((fault == Fault::unavailable));
    BOOST_TEST(database.silent_for().has_value());
    BOOST_TEST(database.has_room());
    BOOST_TEST(database.troubles().empty());
    answering.set_value();
    writer.join();
    BOOST_TEST(!database.silent_for().has_value());
    database.read([](sqlite3*) {});
}

BOOST_AUTO_TEST_SUITE_END()
