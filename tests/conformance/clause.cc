#define BOOST_TEST_DYN_LINK
#include "tests/conformance/clause.hh"

#include "agent/base/handle.hh"
#include "agent/base/text.hh"
#include "tests/conformance/provider.hh"

#include <boost/test/results_collector.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <deque>
#include <memory>

namespace ut = boost::unit_test;

namespace conformance {
namespace {

enum class Outcome { not_run, passed, failed, left_out };
constexpr std::array outcome_words{"not run", "passed", "failed", "not applicable"};
constexpr std::array level_words{"MUST", "SHOULD", "MAY"};

struct Row {
    Clause clause;
    Outcome outcome = Outcome::not_run;
};

// A deque: the cases point at their rows.
std::deque<Row>& rows() {
    static std::deque<Row> all;
    return all;
}

// One for all, since an agent takes longer to come up than a clause to check.
std::unique_ptr<Provider>& provider() {
    static std::unique_ptr<Provider> one;
    return one;
}

// ---- the table -----------------------------------------------------------------------------------------------------

// Numbers as numbers: 9 before 10.
std::vector<unsigned long> numbers_in(const std::string& clause) {
    std::vector<unsigned long> numbers;
    bool is_inside = false;
    for (const char c : clause) {
        const bool is_digit = c >= '0' && c <= '9';
        if (is_digit && !is_inside) numbers.push_back(0);
        if (is_digit) numbers.back() = numbers.back() * 10 + static_cast<unsigned long>(c - '0');
        is_inside = is_digit;
    }
    return numbers;
}

void print(const std::vector<const Row*>& sorted) {
    std::size_t width = 0;
    for (const auto* row : sorted) width = std::max(width, row->clause.number.size());
    for (const auto* row : sorted) {
        const auto* left_out = std::get_if<LeftOut>(&row->clause.proof);
        std::printf("%-*s  %-6s  %-14s  %s%s%s\n", static_cast<int>(width), row->clause.number.c_str(),
                    level_words.at(static_cast<std::size_t>(row->clause.level)),
                    outcome_words.at(static_cast<std::size_t>(row->outcome)), row->clause.sentence.c_str(),
                    left_out ? ": " : "", left_out ? left_out->why.c_str() : "");
    }
}

void print_table() {
    std::vector<const Row*> sorted;
    for (const auto& row : rows()) sorted.push_back(&row);
    std::ranges::stable_sort(sorted, {}, [](const Row* row) { return numbers_in(row->clause.number); });
    const auto count = [&](Outcome outcome) {
        return static_cast<long>(std::ranges::count(rows(), outcome, &Row::outcome));
    };
    std::printf("\nOCCI, clause by clause\n");
    print(sorted);
    std::printf("clauses: %ld passed, %ld failed, %ld not applicable, %ld not run\n\n",
                count(Outcome::passed), count(Outcome::failed), count(Outcome::left_out),
                count(Outcome::not_run));
    std::fflush(stdout);
}

// ---- the cases -----------------------------------------------------------------------------------------------------

void tidy_up(void (*how)(Provider&)) noexcept {
    try {
        how(*provider());
    } catch (const std::exception& failure) {
        BOOST_ERROR("something is left: " << failure.what());
    }
}

struct Surroundings : ut::test_unit_fixture {
    void setup() override { provider() = std::make_unique<Provider>(); }
    void teardown() override {
        tidy_up([](Provider& it) { it.tidy_all(); });
        provider().reset();
        print_table();
    }
};

ut::test_suite& all_chapters() {
    static auto* const suite = [] {
        auto* made = BOOST_TEST_SUITE("conformance");
        made->p_fixtures.value.push_back(ut::test_unit_fixture_ptr(new Surroundings));
        ut::framework::current_auto_test_suite().add(made);
        return made;
    }();
    return *suite;
}

void run(Row& row) {
    row.outcome = Outcome::failed; // unless it comes to its end
    {
        const Defer tidy([] { tidy_up([](Provider& it) { it.tidy(); }); });
        std::get<Check>(row.clause.proof)(*provider());
    }
    const auto& results = ut::results_collector.results(ut::framework::current_test_case_id());
    if (results.p_assertions_passed + results.p_assertions_failed == 0) BOOST_ERROR("nothing was checked");
    if (results.p_assertions_failed == 0) row.outcome = Outcome::passed;
}

// As it can stand in --run_test.
std::string name_of(std::string sentence) {
    for (auto& c : sentence)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
    return sentence;
}

} // namespace

Clauses operator+(Clauses some, const Clauses& more) {
    some.insert(some.end(), more.begin(), more.end());
    return some;
}

Chapter::Chapter(const char* suite, Clauses clauses, std::source_location here) {
    auto* chapter = BOOST_TEST_SUITE(suite);
    all_chapters().add(chapter);
    for (auto& clause : clauses) {
        rows().push_back(Row{std::move(clause)});
        auto* row = &rows().back();
        if (std::holds_alternative<LeftOut>(row->clause.proof))
            row->outcome = Outcome::left_out;
        else
            chapter->add(ut::make_test_case([row] { run(*row); }, name_of(row->clause.sentence),
                                            here.file_name(), here.line()));
    }
}

} // namespace conformance
