// What the store does on one database, as the daemon uses it: how many writes a second are applied, how long
// a look-up takes when nothing else is to be done and while writes wait. Usage: store-load [OPTION]..., JSON
// on stdout; tools/bench store runs it.
#include "service/json/object.hpp"
#include "service/store/events.hpp"
#include "service/store/sessions.hpp"
#include "service/store/store.hpp"
#include "service/store/tracks.hpp"
#include "tools/common/commandline.hpp"

#include <algorithm>
#include <cstdio>
#include <thread>

namespace {

using namespace lm;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Options {
    std::string database;
    std::uint32_t writes = 20'000;
    std::uint32_t lookUps = 1'000;
};

std::vector<tools::Option> table(Options& o) {
    return {
        {"--database", "URL", "as DATABASE_URL; it should be empty", tools::into(o.database)},
        {"--writes", "N", "of each kind (20000)", tools::into(o.writes, 1, 60'000)},
        {"--look-ups", "N", "when nothing else is to be done (1000)", tools::into(o.lookUps, 1, 1'000'000)},
    };
}

double seconds(Clock::duration duration) {
    return std::chrono::duration<double>(duration).count();
}

constexpr std::size_t weight = 200;       // of a change, about
constexpr milliseconds patience{300'000}; // with a slow disk

/// What a webhook writes: that it was seen, and a session.
store::Change webhook(std::uint32_t number) {
    const std::string id = std::to_string(number);
    const auto now = domain::utcFromNs(1'767'225'600'000'000'000 + number * 1'000'000LL);
    return store::once("EV_" + id, now, [=](store::Connection& connection) -> store::Outcome<store::Done> {
        const auto session = store::startSession(
            connection, {"RM_" + id, "room " + std::to_string(number % 1000), "RM_" + id}, now);
        if (!session) return session.failure();
        return store::Done{};
    });
}

/// A delivered block of one of 200 tracks, with its answer.
store::Change block(std::uint32_t number) {
    return [=](store::Connection& connection) {
        store::Block delivered{"track " + std::to_string(number % 200), number / 200, number / 200 * 96'000,
                               96'000};
        delivered.state = store::BlockState::Delivered;
        delivered.answer = R"({"emotions":{"joy":0.61,"calm":0.24,"anger":0.02},"confidence":0.87})";
        return store::saveBlock(connection, delivered);
    };
}

template <typename Make> void write(store::Store& store, std::uint32_t count, Make make) {
    for (std::uint32_t number = 0; number < count; ++number)
        store.write(weight, make(number));
}

void flush(store::Store& store, std::uint64_t expected) {
    if (!store.flush(patience))
        throw std::runtime_error("the database does not take what is written: " + store.state().message);
    if (const auto state = store.state(); state.written != expected || state.lost || state.refused)
        throw std::runtime_error("writes were lost");
}

/// Writes a second, until the last is in the database.
template <typename Make> double writesPerSecond(store::Store& store, std::uint32_t count, Make make) {
    const auto before = store.state().written;
    const auto began = Clock::now();
    write(store, count, make);
    flush(store, before + count);
    return count / seconds(Clock::now() - began);
}

constexpr std::chrono::milliseconds between{5};

/// How long it took until the answer came, sorted. One look-up every 5 ms: who asks again at once is answered
/// before the next batch of writes, and measures little. `enough`: whether to stop.
std::vector<double> lookUps(store::Store& store, std::uint32_t count, const std::function<bool()>& enough) {
    std::vector<double> took;
    for (std::uint32_t number = 0; number < count && !enough(); ++number) {
        const auto began = Clock::now();
        bool answered = false;
        std::string failure;
        store.ask<std::optional<store::Session>>(
            patience,
            [room = "room " + std::to_string(number * 7 % 1000)](store::Connection& connection) {
                return store::newestActiveSession(connection, room);
            },
            [&](store::Outcome<std::optional<store::Session>> found) {
                answered = true;
                if (!found) failure = found.failure().message;
            });
        while (!answered)
            g_main_context_iteration(nullptr, TRUE);
        if (!failure.empty()) throw std::runtime_error("a look-up failed: " + failure);
        took.push_back(seconds(Clock::now() - began));
        std::this_thread::sleep_until(began + between);
    }
    std::sort(took.begin(), took.end());
    return took;
}

json::Node figures(const std::vector<double>& sorted) {
    const auto at = [&](double share) {
        return sorted.empty()
                   ? 0.0
                   : sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
    };
    json::Object object;
    object.count("lookUps", sorted.size());
    object.number("p50", at(0.5)).number("p99", at(0.99)).number("worst", at(1));
    return object.node();
}

std::string measure(const Options& options) {
    const auto address = store::parseAddress(options.database);
    if (!address) throw std::runtime_error(address.error().message);
    auto opened = store::Store::open(*address, nullptr, {});
    if (!opened) throw std::runtime_error(opened.error().message);
    store::Store& store = **opened;
    json::Object object;
    object.number("webhooksPerSecond", writesPerSecond(store, options.writes, webhook));
    object.number("blocksPerSecond", writesPerSecond(store, options.writes, block));
    object.node("idle", figures(lookUps(store, options.lookUps, [] { return false; })));
    const auto before = store.state().written;
    write(store, options.writes, [&](std::uint32_t number) { return webhook(number + options.writes); });
    object.node("busy", figures(lookUps(store, ~0U, [&] { return store.state().waiting == 0; })));
    flush(store, before + options.writes);
    return object.str();
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    const std::vector<std::string> args(argv + 1, argv + argc);
    const auto known = table(options);
    const auto parsed = tools::parseOptions(known, args);
    if (parsed && *parsed == tools::Parsed::Help) {
        std::printf("Usage: store-load --database URL [OPTION]...\n\n%s", tools::describe(known).c_str());
        return 0;
    }
    if (!parsed || options.database.empty()) {
        std::fprintf(stderr, "store-load: %s\n",
                     parsed ? "--database is required" : parsed.error().message.c_str());
        return 2;
    }
    try {
        std::printf("%s\n", measure(options).c_str());
        return 0;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "store-load: %s\n", e.what());
        return 1;
    }
}
