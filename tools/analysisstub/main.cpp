#include "tools/analysisstub/server.hpp"
#include "tools/common/commandline.hpp"

#include <glib-unix.h>

#include <sys/resource.h>

#include <cstdio>
#include <string>
#include <vector>

namespace {

using namespace lm;
using namespace lm::analysisstub;

constexpr int kUsage = 2;

struct Options {
    std::string host = "127.0.0.1";
    std::uint32_t port = 8099;
    std::string recordDir = "analysis-stub";
    bool record = true;
    Behaviour behaviour;
};

std::vector<tools::Option> table(Options& o) {
    using tools::into;
    auto& b = o.behaviour;
    return {
        {"--host", "ADDRESS", "where to listen (127.0.0.1)", into(o.host)},
        {"--port", "N", "0 picks a free one (8099)", into(o.port, 0, 65535)},
        {"--record", "DIR", "body files and index.jsonl go here (./analysis-stub)", into(o.recordDir)},
        {"--no-record", nullptr, "only count", into(o.record, false)},
        {"--require-key", "KEY", "answer 401 without 'Authorization: Bearer KEY'", into(b.requiredKey)},
        {"--delay-ms", "MS", "wait before every answer", into(b.delayMs, 0, 3'600'000)},
        {"--fail", "N", "fail the first N attempts of each block", into(b.failures, 0, 1'000'000)},
        {"--fail-always", nullptr, "fail every attempt", into(b.failAlways)},
        {"--status", "CODE", "of a failure (500)", into(b.status, 400, 599)},
        {"--retry-after", "S", "Retry-After of a failure", into(b.retryAfterSeconds, 1, 86'400)},
        {"--hang", nullptr, "read the block, never answer", into(b.hang)},
        {"--garbage", nullptr, "answer 200 with something that is not JSON", into(b.garbage)},
        {"--drop", nullptr, "read the block, close the connection", into(b.drop)},
    };
}

std::string helpText() {
    Options o;
    return "Usage: analysis-stub [OPTION]...\n\n"
           "Stands in for the emotion-analysis service: takes POST on any path, answers like the service, "
           "keeps what\n"
           "it got. GET /stats and GET /requests tell about it. Prints 'listening on http://HOST:PORT' when "
           "ready.\n\n" +
           tools::describe(table(o));
}

int fail(int code, const std::string& message) {
    std::fprintf(stderr, "analysis-stub: %s\n", message.c_str());
    return code;
}

void allowManyFiles() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    const auto parsed = tools::parseOptions(table(options), std::vector<std::string>(argv + 1, argv + argc));
    if (!parsed) return fail(kUsage, parsed.error().message + "\nTry 'analysis-stub --help'.");
    if (*parsed == tools::Parsed::Help) {
        std::fputs(helpText().c_str(), stdout);
        return 0;
    }
    allowManyFiles();
    auto recorder = Recorder::open(options.record ? options.recordDir : "");
    if (!recorder) return fail(1, recorder.error().message);
    Server server(options.behaviour, std::move(*recorder));
    const auto port = server.listen(options.host, static_cast<std::uint16_t>(options.port));
    if (!port) return fail(1, "cannot listen: " + port.error().message);
    std::printf("listening on http://%s:%u\n", options.host.c_str(), unsigned{*port});
    std::fflush(stdout);

    const auto loop = Ref<GMainLoop>::adopt(g_main_loop_new(nullptr, FALSE));
    const auto quit = +[](gpointer l) -> gboolean {
        g_main_loop_quit(static_cast<GMainLoop*>(l));
        return G_SOURCE_REMOVE;
    };
    g_unix_signal_add(SIGINT, quit, loop.get());
    g_unix_signal_add(SIGTERM, quit, loop.get());
    g_main_loop_run(loop.get());
    std::fprintf(stderr, "analysis-stub: %s", server.statsJson().c_str());
    return 0;
}
