#include "tools/egresssim/options.hpp"
#include "tools/egresssim/report.hpp"
#include "tools/egresssim/simulator.hpp"
#include "tools/egresssim/video.hpp"

#include <gst/gst.h>

#include <sys/resource.h>
#include <sys/signalfd.h>

#include <algorithm>
#include <csignal>
#include <cstdio>

namespace {

using namespace lm;
using namespace lm::egresssim;

constexpr int kUsage = 2;

int usageError(const std::string& message) {
    std::fprintf(stderr, "egress-sim: %s\nTry 'egress-sim --help'.\n", message.c_str());
    return kUsage;
}

void allowManyFiles() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// Interrupts arrive as something to read, so that the loop ends its tracks properly.
tools::UniqueFd catchSignals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    return tools::UniqueFd(::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC));
}

void printProgress(const std::vector<Track>& tracks, double seconds, bool allConnected) {
    if (allConnected) {
        const auto connected = std::ranges::count_if(tracks, &Track::connected);
        std::fprintf(stderr, "egress-sim: %zd of %zu tracks connected\n", connected, tracks.size());
    } else {
        std::fprintf(stderr, "egress-sim: %s\n", progressLine(totalsOf(tracks), seconds).c_str());
    }
}

int sendVideo(const Options& options, int argc, char** argv) {
    const auto stopFd = catchSignals(); // before there are threads, which would be interrupted otherwise
    gst_init(&argc, &argv);
    const auto told = [](const VideoReport& report) {
        std::fprintf(stderr, "egress-sim: %llu frames, %.0f s\n",
                     static_cast<unsigned long long>(report.frames), report.seconds);
    };
    const auto report =
        playVideo(options, stopFd.get(), options.quiet ? std::function<void(const VideoReport&)>() : told);
    if (!report) {
        std::fprintf(stderr, "egress-sim: %s: %s\n", options.video.c_str(), report.error().message.c_str());
        return 1;
    }
    std::fputs(videoSummary(*report, options.json).c_str(), stdout);
    return report->frames > 0 ? 0 : 1;
}

} // namespace

int main(int argc, char** argv) {
    auto options = parseOptions({argv + 1, argv + argc});
    if (!options) return usageError(options.error().message);
    if (options->help) {
        std::fputs(helpText().c_str(), stdout);
        return 0;
    }
    if (!options->video.empty()) return sendVideo(*options, argc, argv);
    allowManyFiles();
    auto simulator = Simulator::make(*options);
    if (!simulator) return usageError(simulator.error().message);
    const auto stopFd = catchSignals();
    simulator->run(stopFd.get(), options->quiet ? Simulator::Progress() : printProgress);
    const auto& tracks = simulator->tracks();
    const auto write = options->json ? summaryJson : summaryText;
    std::fputs(write(tracks, simulator->seconds()).c_str(), stdout);
    return !tracks.empty() && std::ranges::all_of(tracks, succeeded) ? 0 : 1;
}
