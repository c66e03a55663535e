// Whatever has become of the file of the store, the agent starts, keeps what was there, and says so (issue 11, item
// 11).
#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/state/event_log.hh"
#include "agent/state/journal.hh"
#include "agent/state/store.hh"
#include "tests/support/temp_folder.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <fcntl.h>
#include <fstream>
#include <ostream>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

using namespace state;
namespace fs = std::filesystem;

namespace {

const Uuid first = "6695eb01-0000-4000-8000-000000000001", second = "6695eb01-0000-4000-8000-000000000002";

StorageRecord storage(const Uuid& id, const std::string& title) {
    return {id, "ann", title, "", 1 << 20, Phase::ready, "", false};
}

void fill(const fs::path& folder) {
    Database database(folder);
    Store store(database);
    store.put(storage(first, "data"));
    store.put(NetworkRecord{second, "ann", "lab", "C", Phase::ready});
}

// As kill -9 leaves it: what was written last is in the log only.
void fill_and_die(const fs::path& folder) {
    const auto child = ::fork();
    if (child == 0) {
        fill(folder);
        Database database(folder);
        Store store(database);
        for (int i = 0; i < 10; ++i) store.put(storage(second, "late"));
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    BOOST_REQUIRE_EQUAL(status, 0);
}

void run(const fs::path& file, const char* sql) {
    sqlite3* raw = nullptr;
    BOOST_REQUIRE_EQUAL(sqlite3_open(file.c_str(), &raw), SQLITE_OK);
    char* why = nullptr;
    BOOST_TEST(sqlite3_exec(raw, sql, nullptr, nullptr, &why) == SQLITE_OK, why);
    sqlite3_close(raw);
}

void overwrite(const fs::path& file, std::streamoff at, const std::string& bytes) {
    std::fstream out(file, std::ios::in | std::ios::out | std::ios::binary);
    out.seekp(at);
    out << bytes;
}

fs::path file_of(const fs::path& folder) { return folder / "occi-agent.sqlite"; }

std::vector<fs::path> set_aside(const fs::path& folder) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
        const auto name = entry.path().filename().string();
        const bool follows = name.ends_with("Z-wal") || name.ends_with("-shm");
        if (name.find(".damaged-") != name.npos && !follows) found.push_back(entry.path());
    }
    return found;
}

bool has(const std::vector<std::string>& sentences, const std::string& words) {
    for (const auto& sentence : sentences)
        if (sentence.find(words) != sentence.npos) return true;
    return false;
}

struct Damage {
    const char* name;
    void (*done)(const fs::path& file);
    bool reads_the_rest = false; // the storage, although the network may be gone
};
std::ostream& operator<<(std::ostream& out, const Damage& damage) { return out << damage.name; }

const Damage damages[] = {
    {"cut in half", [](const fs::path& file) { fs::resize_file(file, fs::file_size(file) / 2); }},
    {"garbage", [](const fs::path& file) { std::ofstream(file) << std::string(5000, 'x'); }},
    {"header flipped", [](const fs::path& file) { overwrite(file, 0, "SQLITE FORMAT 4"); }},
    {"page size flipped", [](const fs::path& file) { overwrite(file, 16, "\x01\x03"); }},
    {"read version flipped", [](const fs::path& file) { overwrite(file, 19, "\x09"); }},
    {"schema format flipped", [](const fs::path& file) { overwrite(file, 44, "\x7f\x7f\x7f\x7f"); }},
    {"text encoding flipped", [](const fs::path& file) { overwrite(file, 56, std::string("\0\0\0\2", 4)); }},
    {"version taken back", [](const fs::path& file) { run(file, "PRAGMA user_version = 1"); }, true},
    {"first page overwritten", [](const fs::path& file) { overwrite(file, 0, std::string(4096, '\xa5')); }},
    {"tail of the first page overwritten",
     [](const fs::path& file) { overwrite(file, 100, std::string(3996, '\xa5')); }},
    {"a missing table", [](const fs::path& file) { run(file, "DROP TABLE network"); }, true},
    {"a missing column", [](const fs::path& file) { run(file, "ALTER TABLE network DROP COLUMN summary"); },
     true},
    {"another table's columns",
     [](const fs::path& file) { run(file, "DROP TABLE answer; CREATE TABLE answer (x)"); }, true},
    {"somebody else's database",
     [](const fs::path& file) {
         fs::remove(file);
         run(file, "CREATE TABLE moz_places (id); PRAGMA user_version = 77");
     }},
    {"a directory in its place",
     [](const fs::path& file) {
         fs::remove(file);
         fs::create_directory(file);
         std::ofstream(file / "x") << "x";
     }},
    {"a FIFO in its place",
     [](const fs::path& file) {
         fs::remove(file);
         ::mkfifo(file.c_str(), 0600);
     }},
};

} // namespace

BOOST_AUTO_TEST_SUITE(store_damage)

BOOST_DATA_TEST_CASE(starts_with_any_damage_and_keeps_what_was_there, boost::unit_test::data::make(damages),
                     damage) {
    support::TempFolder folder;
    fill(folder.path());
    damage.done(file_of(folder.path()));
    {
        Database database(folder.path());
        Store store(database);
        BOOST_TEST(database.why_read_only() == "");
        BOOST_TEST(database.is_incomplete());
        const auto aside = set_aside(folder.path());
        BOOST_REQUIRE_EQUAL(aside.size(), 1U);
        BOOST_TEST(has(database.troubles(), aside.front().string()));
        struct stat is {};
        BOOST_REQUIRE_EQUAL(::lstat(aside.front().c_str(), &is), 0);
        if (S_ISREG(is.st_mode)) BOOST_TEST((is.st_mode & 07777U) == 0600U);
        BOOST_TEST(store.storages().size() == (damage.reads_the_rest ? 1U : 0U));
        store.put(storage(second, "new"));
        Journal journal(database);
        Operation operation;
        operation.number = journal.last_number() + 1;
        operation.id = new_uuid();
        journal.plan(operation, Database::Sync::now);
    }
    Database again(folder.path());
    BOOST_TEST(Store(again).storages().size() == (damage.reads_the_rest ? 2U : 1U));
    BOOST_TEST(has(again.troubles(), "it is kept as")); // until somebody has looked at it
    fs::remove_all(set_aside(folder.path()).front());
    again.look_after();
    BOOST_TEST(again.troubles().empty());
}

BOOST_AUTO_TEST_CASE(never_follows_a_symbolic_link) {
    for (const std::string name : {"occi-agent.sqlite", "occi-agent.sqlite-wal", "lock", "reserve"}) {
        support::TempFolder folder;
        const auto state = folder.path() / "state", target = folder.path() / "target";
        fs::create_directory(state);
        std::ofstream(target) << "precious";
        fs::create_symlink(target, state / name);
        {
            Database database(state);
            Store(database).put(storage(first, "data"));
            BOOST_TEST(database.why_read_only() == "", name);
        }
        std::string content;
        std::ifstream(target) >> content;
        BOOST_TEST(content == "precious", name);
        BOOST_TEST(set_aside(state).size() == 1U, name);
    }
}

BOOST_AUTO_TEST_CASE(keeps_each_damaged_file_under_a_name_of_its_own) {
    support::TempFolder folder;
    for (int i = 0; i < 3; ++i) {
        std::ofstream(file_of(folder.path())) << std::string(5000, static_cast<char>('a' + i));
        Database database(folder.path());
    }
    BOOST_TEST(set_aside(folder.path()).size() == 3U);
}

BOOST_AUTO_TEST_CASE(reads_what_is_on_the_good_pages) {
    support::TempFolder folder;
    {
        Database database(folder.path());
        Store store(database);
        for (int i = 0; i < 200; ++i) store.put(storage(new_uuid(), std::string(200, 'x')));
    }
    // One page in the middle of the table.
    const auto file = file_of(folder.path());
    std::string all(fs::file_size(file), '\0');
    std::ifstream(file, std::ios::binary).read(all.data(), static_cast<std::streamsize>(all.size()));
    std::size_t page = 0;
    for (std::size_t at = all.size() / 2 / 4096; page == 0 && at < all.size() / 4096; ++at)
        if (all.compare(at * 4096, 1, "\x0d") == 0 &&
            all.find(std::string(200, 'x'), at * 4096) < (at + 1) * 4096)
            page = at;
    BOOST_REQUIRE(page > 0);
    overwrite(file, static_cast<std::streamoff>(page * 4096), std::string(4096, '\xa5'));
    Database database(folder.path());
    const auto kept = Store(database).storages().size();
    BOOST_TEST(kept > 150U);
    BOOST_TEST(kept < 200U);
    BOOST_TEST(set_aside(folder.path()).size() == 1U);
}

// To go on with what was half read could remove something.
BOOST_AUTO_TEST_CASE(takes_over_nothing_that_was_under_way) {
    support::TempFolder folder;
    {
        Database database(folder.path());
        Store store(database);
        store.put(storage(first, "data"));
        auto leaving = storage(second, "gone soon");
        leaving.phase = Phase::leaving;
        store.put(leaving);
        Journal journal(database);
        Operation operation;
        operation.number = 1;
        operation.id = new_uuid();
        operation.kind = "delete storage";
        journal.plan(operation, Database::Sync::now);
    }
    run(file_of(folder.path()), "DROP TABLE mixin");
    Database database(folder.path());
    Store store(database);
    BOOST_REQUIRE_EQUAL(store.storages().size(), 1U);
    BOOST_TEST(store.storages().front().title == "data");
    BOOST_TEST(Journal(database).unfinished().empty());
}

BOOST_AUTO_TEST_CASE(sets_a_broken_row_aside_and_keeps_the_others) {
    support::TempFolder folder;
    fill(folder.path());
    run(file_of(folder.path()), "INSERT INTO compute (id, phase, message, note) "
                                "VALUES ('6695eb01-0000-4000-8000-000000000009', 1, '', '<mach');"
                                "INSERT INTO storage (id, phase, message, owner, title, url, bytes) "
                                "VALUES ('../x', 1, '', '', '', '', 0);"
                                "UPDATE network SET phase = 77");
    {
        Database database(folder.path());
        Store store(database);
        BOOST_TEST(store.computes().empty());
        BOOST_TEST(store.storages().size() == 1U);
        BOOST_TEST(store.networks().empty());
        BOOST_TEST(has(database.troubles(), "a row of the table compute"));
        BOOST_TEST(has(database.troubles(), "a row of the table network"));
        BOOST_TEST(database.is_incomplete());
        BOOST_TEST(set_aside(folder.path()).empty());
        std::string rows;
        database.read([&](sqlite3* raw) {
            for (Statement ask(raw, "SELECT source, content FROM set_aside ORDER BY number"); ask.next();)
                rows += ask.text() + ": " + ask.text();
        });
        BOOST_TEST(rows.find("<mach") != rows.npos);
        BOOST_TEST(rows.find("phase=77") != rows.npos);
    }
    Database again(folder.path());
    BOOST_TEST(Store(again).computes().empty());
    BOOST_TEST(again.troubles().empty());
}

// ---- the log -------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(takes_a_log_that_was_left_by_kill) {
    support::TempFolder folder;
    fill_and_die(folder.path());
    Database database(folder.path());
    BOOST_TEST(Store(database).storages().size() == 2U);
    BOOST_TEST(database.troubles().empty());
    BOOST_TEST(!database.is_incomplete());
}

BOOST_AUTO_TEST_CASE(says_when_the_log_is_damaged_and_keeps_it) {
    for (const std::streamoff at : {4, 40, 5000}) {
        support::TempFolder folder;
        fill_and_die(folder.path());
        const auto log = file_of(folder.path()).string() + "-wal";
        BOOST_REQUIRE(fs::file_size(log) > 8192);
        overwrite(log, at, "\xa5\xa5\xa5");
        const auto size = fs::file_size(log);
        Database database(folder.path());
        BOOST_TEST(database.is_incomplete());
        const auto aside = set_aside(folder.path());
        BOOST_REQUIRE_EQUAL(aside.size(), 1U);
        BOOST_TEST(fs::file_size(aside.front()) == size);
        BOOST_TEST(has(database.troubles(), aside.front().string()));
        Store(database).put(storage(first, "new"));
    }
}

BOOST_AUTO_TEST_CASE(keeps_the_log_of_a_file_that_is_gone) {
    support::TempFolder folder;
    fill_and_die(folder.path());
    fs::remove(file_of(folder.path()));
    Database database(folder.path());
    BOOST_TEST(database.is_incomplete());
    BOOST_TEST(set_aside(folder.path()).size() == 1U);
}

// ---- what cannot be written ----------------------------------------------------------------------------------------

void refuses(Database& database, const std::string& why) {
    BOOST_TEST(database.why_read_only().find(why) != std::string::npos, database.why_read_only());
    BOOST_TEST(has(database.troubles(), why));
    Journal journal(database);
    Operation operation;
    operation.number = 1;
    BOOST_CHECK_EXCEPTION(journal.plan(operation, Database::Sync::now, Journal::Room::kept_back), Error,
                          [](const Error& failure) { return failure.fault() == Fault::unavailable; });
    BOOST_CHECK_THROW(Store(database).put(MixinRecord{"a#b", "a#", "b", "", "", "/b/"}), Error);
    EventLog(database).record({{}}); // in memory
}

BOOST_AUTO_TEST_CASE(reads_a_file_of_a_newer_agent_and_changes_nothing) {
    support::TempFolder folder;
    fill(folder.path());
    run(file_of(folder.path()), "PRAGMA user_version = 99; ALTER TABLE storage ADD COLUMN more TEXT");
    const auto before = fs::last_write_time(file_of(folder.path()));
    {
        Database database(folder.path());
        BOOST_TEST(Store(database).storages().size() == 1U);
        BOOST_TEST(Store(database).networks().size() == 1U);
        refuses(database, "newer agent");
    }
    BOOST_TEST((fs::last_write_time(file_of(folder.path())) == before));
    BOOST_TEST(set_aside(folder.path()).empty());
}

BOOST_AUTO_TEST_CASE(starts_where_no_directory_can_be_made) {
    support::TempFolder folder;
    std::ofstream(folder.path() / "file") << "x";
    Database database(folder.path() / "file" / "state");
    BOOST_TEST(Store(database).storages().empty());
    refuses(database, "cannot make the state directory");
}

// ---- while it runs -------------------------------------------------------------------------------------------------

struct Removal {
    const char* name;
    void (*done)(const fs::path& folder);
};
std::ostream& operator<<(std::ostream& out, const Removal& removal) { return out << removal.name; }

const Removal removals[] = {
    {"the file", [](const fs::path& folder) { fs::remove(file_of(folder)); }},
    {"the file with its log",
     [](const fs::path& folder) {
         for (const auto* more : {"", "-wal", "-shm"}) fs::remove(file_of(folder).string() + more);
     }},
    {"the log", [](const fs::path& folder) { fs::remove(file_of(folder).string() + "-wal"); }},
    {"all of the directory",
     [](const fs::path& folder) {
         for (const auto& entry : fs::directory_iterator(folder)) fs::remove_all(entry.path());
     }},
    {"the directory itself", [](const fs::path& folder) { fs::remove_all(folder); }},
    {"the file, for another",
     [](const fs::path& folder) {
         run(folder / "other", "CREATE TABLE x (y)");
         fs::rename(folder / "other", file_of(folder));
     }},
};

BOOST_DATA_TEST_CASE(is_written_anew_when_it_is_removed_while_it_runs, boost::unit_test::data::make(removals),
                     removal) {
    support::TempFolder folder;
    const auto state = folder.path() / "state";
    fill(state);
    for (const bool looks_first : {true, false}) {
        {
            Database database(state);
            Store store(database);
            store.put(storage(first, "before"));
            removal.done(state);
            if (looks_first) {
                database.look_after();
                BOOST_TEST(has(database.troubles(), "removed or replaced under the running agent"));
            }
            store.put(storage(second, "after"));
            BOOST_TEST(has(database.troubles(), "it was written anew"));
            BOOST_CHECK_THROW(Database{state}, Error); // the lock is there as well
            struct stat is {};
            BOOST_REQUIRE_EQUAL(::stat(file_of(state).c_str(), &is), 0);
            BOOST_TEST((is.st_mode & 07777U) == 0600U);
            // As kill -9 leaves it.
            fs::remove_all(folder.path() / "copy");
            fs::copy(state, folder.path() / "copy");
        }
        for (const auto& from : {folder.path() / "copy", state}) {
            Database database(from);
            BOOST_TEST(Store(database).storages().size() == 2U);
            BOOST_TEST(Store(database).networks().size() == 1U);
        }
    }
}

BOOST_AUTO_TEST_CASE(goes_on_with_what_is_in_memory_when_the_file_is_damaged_while_it_runs) {
    for (const bool is_cut : {true, false}) {
        support::TempFolder folder;
        {
            Database database(folder.path());
            Store store(database);
            database.on_renewal([&] { store.put(storage(first, "from memory")); });
            for (int i = 0; i < 300; ++i) store.put(storage(new_uuid(), std::string(1000, 'x')));
            database.wipe(); // all of it into the file proper
            database.read([](sqlite3* raw) { sqlite3_db_cacheflush(raw), sqlite3_db_release_memory(raw); });
            if (is_cut)
                fs::resize_file(file_of(folder.path()), 4096);
            else
                overwrite(file_of(folder.path()), 4096,
                          std::string(fs::file_size(file_of(folder.path())) - 4096, '\xa5'));
            store.put(storage(second, "after"));
            BOOST_TEST(has(database.troubles(), "begun anew"));
            BOOST_TEST(set_aside(folder.path()).size() == 1U);
        }
        Database again(folder.path());
        std::set<std::string> titles;
        for (const auto& record : Store(again).storages()) titles.insert(record.title);
        BOOST_TEST(titles.contains("from memory"));
        BOOST_TEST(titles.contains("after"));
    }
}

// ---- for nobody else -----------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(keeps_all_its_files_to_itself_whatever_the_umask) {
    for (const mode_t mask : {0U, 022U, 077U}) {
        support::TempFolder folder;
        const auto before = ::umask(mask);
        {
            std::ofstream(file_of(folder.path())) << std::string(5000, 'x'); // to be set aside
            Database database(folder.path());
            Store(database).put(storage(first, "data"));
            for (const auto& entry : fs::directory_iterator(folder.path())) {
                struct stat is {};
                ::stat(entry.path().c_str(), &is);
                BOOST_TEST((is.st_mode & 07777U) == 0600U, entry.path());
            }
        }
        ::umask(before);
    }
}

BOOST_AUTO_TEST_CASE(closes_files_that_were_open_to_others) {
    support::TempFolder folder;
    fill_and_die(folder.path());
    for (const auto& entry : fs::directory_iterator(folder.path())) ::chmod(entry.path().c_str(), 0666);
    Database database(folder.path());
    Store(database).put(storage(first, "data"));
    for (const auto& entry : fs::directory_iterator(folder.path())) {
        struct stat is {};
        ::stat(entry.path().c_str(), &is);
        BOOST_TEST((is.st_mode & 07777U) == 0600U, entry.path());
    }
}

BOOST_AUTO_TEST_CASE(leaves_nothing_in_its_files_of_what_was_deleted) {
    support::TempFolder folder;
    const std::string marker = "SeCrEt-marker-12345";
    Database database(folder.path());
    Store store(database);
    store.put(storage(first, marker + std::string(20'000, 'y') + marker));
    store.drop_storage(first);
    database.wipe();
    for (const auto& entry : fs::directory_iterator(folder.path())) {
        std::ifstream in(entry.path(), std::ios::binary);
        const std::string all{std::istreambuf_iterator<char>(in), {}};
        BOOST_TEST(all.find(marker) == all.npos, entry.path());
    }
}

BOOST_AUTO_TEST_SUITE_END()
