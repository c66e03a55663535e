// `make bench`: what the agent promises in numbers, each against its floor, in one run on the private host.
#include "tests/bench/benchmarks.hh"

#include <algorithm>
#include <array>
#include <cstdio>
#include <stdexcept>
#include <string_view>

namespace {

struct Benchmark {
    std::string_view name;
    void (*run)(bench::Stage&);
};
constexpr std::array benchmarks{
    Benchmark{"get.rate", bench::get_rate},
    Benchmark{"get.secure", bench::get_secure},
    Benchmark{"get.identity", bench::get_identity},
    Benchmark{"get.list", bench::get_list},
    Benchmark{"get.among", bench::get_among_many},
    Benchmark{"rendering.one", bench::rendering_of_one},
    Benchmark{"rendering.many", bench::rendering_of_many},
    Benchmark{"inventory.events", bench::inventory_events},
    Benchmark{"crowd.slow", bench::crowd_slow},
    Benchmark{"own.size", bench::own_start_and_memory},
    Benchmark{"upload.image", bench::upload_image},
    Benchmark{"create.one", bench::create_one},
    Benchmark{"create.many", bench::create_many},
    Benchmark{"create.force_off", bench::create_and_force_off},
    Benchmark{"frozen.get", bench::frozen_get},
    Benchmark{"frozen.stuck", bench::frozen_stuck},
    Benchmark{"frozen.force_off", bench::frozen_force_off},
    Benchmark{"frozen.others", bench::frozen_others},
    Benchmark{"libvirtd.stopped", bench::libvirtd_stopped},
    Benchmark{"libvirtd.restarted", bench::libvirtd_restarted},
};

} // namespace

// Arguments: names, or what they begin with; none: all.
int main(int count, char** words) try {
    const auto wanted = [&](std::string_view name) {
        return count == 1 || std::any_of(words + 1, words + count,
                                         [&](const char* word) { return name.starts_with(word); });
    };
    if (std::ranges::none_of(benchmarks, wanted, &Benchmark::name)) {
        for (const auto& each : benchmarks) std::fprintf(stderr, "%s\n", each.name.data());
        return 2;
    }
    std::puts("medians; in brackets the lowest and the highest round; client and server on the same machine");
    for (const auto& each : benchmarks) {
        if (!wanted(each.name)) continue;
        std::printf("-- %s\n", each.name.data());
        bench::Stage stage;
        each.run(stage);
        stage.clear();
    }
    return 0;
} catch (const std::exception& failure) {
    std::fprintf(stderr, "bench: %s\n", failure.what());
    return 1;
}
