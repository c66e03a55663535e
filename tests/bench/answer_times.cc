#include "tests/bench/answer_times.hh"

#include "tests/bench/hello.hh"
#include "tests/bench/load.hh"
#include "tests/bench/measure.hh"

#include <array>
#include <optional>
#include <vector>

namespace bench {
namespace {

constexpr double per_second = 200;

struct Share {
    const char* name;
    double share;
};
constexpr std::array shares{Share{"p50", 0.5}, Share{"p99", 0.99}, Share{"longest", 1}};
constexpr double promised_share = 0.99, promised_ms = 10;

struct Asked {
    std::string what;
    unsigned port;
    std::string path;
    bool is_ours = true;
    std::vector<double> well{}, ill{};
};

} // namespace

void print_answer_times(const Stage& stage, const std::string& compute, const std::string& when,
                        const Course& course, const std::function<std::shared_ptr<void>()>& disturb) {
    const Hello hello; // what it takes, the machine takes
    const auto port = stage.client.port();
    std::vector<Asked> all{{"GET of a compute", port, "/compute/" + compute},
                           {"GET of the list", port, "/compute"},
                           {"bare cpp-httplib hello", hello.port(), "/", false}};
    const auto ask = [&](double duration, std::vector<double> Asked::*times) {
        side_by_side(static_cast<int>(all.size()), [&](int index) {
            auto& each = all[static_cast<std::size_t>(index)];
            const auto more = paced(each.port, each.path, per_second, duration);
            (each.*times).insert((each.*times).end(), more.begin(), more.end());
        });
    };
    ask(course.well, &Asked::well);
    for (int round = 0; round < course.rounds; ++round) {
        {
            const auto disturbance = disturb();
            ask(course.ill, &Asked::ill);
        }
        stage.wait_until_ready();
        ask(course.well, &Asked::well);
    }
    for (const auto& each : all)
        for (const auto& [name, share] : shares)
            print(each.what + ", " + when + ", " + name,
                  {{percentile(each.ill, share)}, {percentile(each.well, share)}}, "ms", "while all is well",
                  each.is_ours && share == promised_share ? std::optional(ours_at_most(promised_ms))
                                                          : std::nullopt);
}

} // namespace bench
