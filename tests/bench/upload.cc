// An image that is sent into the pool, against the same bytes by virsh.
#include "agent/base/process.hh"
#include "tests/bench/benchmarks.hh"
#include "tests/bench/measure.hh"
#include "tests/live/process_size.hh"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

namespace bench {
namespace {

constexpr int rounds = 3;
constexpr std::size_t mebibyte = 1 << 20, mebibytes = 1024;
constexpr double least_rate = 0.8, most_mib = 4;
constexpr auto patience = std::chrono::minutes(5);

// Bytes that no file system can save itself.
void write_random(const std::filesystem::path& path) {
    std::ofstream file(path, std::ios::binary);
    std::mt19937_64 random(1);
    std::vector<std::uint64_t> piece(mebibyte / sizeof(std::uint64_t));
    for (std::size_t i = 0; i < mebibytes; ++i) {
        std::ranges::generate(piece, std::ref(random));
        file.write(reinterpret_cast<const char*>(piece.data()), mebibyte);
    }
    if (!file.flush()) throw std::runtime_error("cannot write " + path.string());
}

std::string run(const std::string& program, const std::vector<std::string>& arguments) {
    const auto path = process::find(program);
    if (!path) throw std::runtime_error(program + " is not installed");
    const auto result = process::run(*path, arguments, patience);
    if (result.status != 0) throw std::runtime_error(program + ": " + result.output);
    return result.output;
}

// The most memory of its own that the process has while this lives, in MiB above what it has now.
class Peak {
public:
    explicit Peak(pid_t pid) : before_(live::size_of(pid).anonymous_kib), most_(before_) {
        thread_ = std::jthread([this, pid](const std::stop_token& stop) {
            while (!stop.stop_requested()) {
                most_ = std::max(most_, live::size_of(pid).anonymous_kib);
                std::this_thread::sleep_for(std::chrono::milliseconds(10));
            }
        });
    }
    double end() {
        thread_.request_stop();
        thread_.join();
        return (most_ - before_) / 1024.0;
    }

private:
    unsigned before_, most_;
    std::jthread thread_;
};

} // namespace

// Megabytes in a second, until the image can be used.
void upload_image(Stage& stage) {
    const auto file = stage.agent.folder() / "image.raw";
    write_random(file);
    std::vector<double> grown;
    const auto ours = [&] {
        Peak peak(stage.agent.pid());
        std::string id;
        const auto took = seconds([&] {
            const auto head =
                run("curl", {"-sS", "-o", "/dev/null", "-D", "-", "-H", "Expect:", "--form-string",
                             "occixml=<DISK><NAME>sent</NAME></DISK>", "-F", "file=@" + file.string(),
                             "http://127.0.0.1:" + std::to_string(stage.client.port()) + "/storage"});
            const auto at = head.find("/storage/");
            if (at == head.npos) throw std::runtime_error("no storage: " + head);
            id = head.substr(at, head.find("\r", at) - at);
            stage.wait_for(id, "<STATE>", false);
        });
        grown.push_back(peak.end());
        stage.remove(id);
        return mebibytes / took;
    };
    const auto theirs = [&] {
        const std::string volume = "bench-upload.raw";
        const auto took = seconds([&] {
            run("virsh", {"-q", "vol-create-as", "occi", volume, std::to_string(mebibytes) + "M"});
            run("virsh", {"-q", "vol-upload", volume, file.string(), "--pool", "occi"});
        });
        run("virsh", {"-q", "vol-delete", volume, "--pool", "occi"});
        return mebibytes / took;
    };
    print("upload of an image of 1 GiB", interleaved(rounds, ours, theirs), "MiB/s", "virsh vol-upload",
          ratio_at_least(least_rate));
    print("more memory of the agent meanwhile", grown, "MiB", ours_at_most(most_mib));
}

} // namespace bench
