#include "tools/egresssim/simulator.hpp"

#include "tools/common/query.hpp"
#include "tools/signurl/signing.hpp"

#include <netdb.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace lm::egresssim {

namespace {

constexpr std::uint64_t kTimer = ~std::uint64_t{0};
constexpr std::uint64_t kStop = kTimer - 1;
constexpr Time kDefaultDuration = std::chrono::seconds(10);
constexpr std::chrono::seconds kTokenLifetime = std::chrono::minutes(10); // of --sign
constexpr std::uint64_t kTrackShift = 1777; // frames between the beginnings of two tracks of one looped audio

using SharedAudio = std::shared_ptr<const Audio>;

Result<std::vector<SharedAudio>> loadAudio(const Options& options) {
    std::vector<SharedAudio> audio;
    for (const auto& file : options.files) {
        auto wav = readWav(file, options.loop);
        if (!wav) return wav.error();
        audio.push_back(std::make_shared<const Audio>(std::move(*wav)));
    }
    if (!audio.empty()) return audio;
    const auto make = [&] {
        if (options.silence) return makeSilence();
        if (options.noise) return makeNoise(options.seed);
        return makeTone(options.toneHz.value_or(440));
    };
    audio.push_back(std::make_shared<const Audio>(make()));
    return audio;
}

std::uint64_t framesOf(const Audio& audio, const Options& options) {
    if (!options.duration && !options.files.empty()) return audio.frames();
    const std::chrono::duration<double> seconds = options.duration.value_or(kDefaultDuration);
    return static_cast<std::uint64_t>(seconds.count() * audio.rate + 0.5);
}

std::string targetOf(const Options& options, std::uint32_t index, const Audio& audio) {
    const std::string target = tools::withParameters(
        options.address.target, parametersOf(options, index, audio.rate, audio.channels));
    if (options.secret.empty()) return target;
    const auto made = signurl::signedTarget(target, options.secret, signurl::expiresIn(kTokenLifetime));
    return made ? *made : target; // what cannot be signed, the service refuses
}

Track makeTrack(const Options& options, std::uint32_t index, const SharedAudio& audio) {
    TrackSettings settings{.name = trackName(options, index),
                           .authority = options.address.authority,
                           .target = targetOf(options, index, *audio),
                           .faults = options.faults,
                           .pingInterval = options.pingInterval,
                           .fast = options.fast,
                           .seed = (std::uint64_t{options.seed} << 32) + index,
                           .dumpFile = {}};
    if (!options.dumpDir.empty()) {
        std::error_code unmade; // opening the file then says what is wrong
        std::filesystem::create_directories(options.dumpDir, unmade);
        settings.dumpFile = options.dumpDir + "/" + settings.name + ".raw";
    }
    return Track(std::move(settings), Messages(audio, {.totalFrames = framesOf(*audio, options),
                                                       .offsetFrames = index * kTrackShift,
                                                       .oddSizes = options.faults.oddSizes}));
}

void watchReadable(int epoll, int fd, std::uint64_t tag) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = tag;
    ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

tools::UniqueFd makeTimer(Time interval) {
    tools::UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC));
    const timespec each{interval / std::chrono::seconds(1), (interval % std::chrono::seconds(1)).count()};
    const itimerspec spec{each, each};
    ::timerfd_settime(timer.get(), 0, &spec, nullptr);
    return timer;
}

} // namespace

Result<Simulator> Simulator::make(const Options& options) {
    Simulator sim;
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const auto port = std::to_string(options.address.port);
    if (const int error = ::getaddrinfo(options.address.host.c_str(), port.c_str(), &hints, &found)) {
        return Error{"cannot resolve " + options.address.host + ": " + ::gai_strerror(error)};
    }
    std::memcpy(&sim.peer_, found->ai_addr, found->ai_addrlen);
    sim.peerSize_ = found->ai_addrlen;
    ::freeaddrinfo(found);

    auto audio = loadAudio(options);
    if (!audio) return audio.error();
    for (std::uint32_t i = 0; i < options.tracks; ++i) {
        sim.tracks_.push_back(makeTrack(options, i, (*audio)[i % audio->size()]));
    }
    sim.watched_.resize(options.tracks);
    sim.ramp_ = options.ramp;
    sim.tick_ = options.tick;
    sim.epoll_ = tools::UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
    return sim;
}

void Simulator::run(int stopFd, const Progress& progress) {
    const auto timer = makeTimer(tick_);
    watchReadable(epoll_.get(), timer.get(), kTimer);
    if (stopFd >= 0) watchReadable(epoll_.get(), stopFd, kStop);
    startedAt_ = progressAt_ = Clock::now();
    launch(startedAt_);
    std::array<epoll_event, 256> events;
    while (!std::ranges::all_of(tracks_, &Track::done)) {
        const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
        const auto now = Clock::now();
        for (int i = 0; i < count; ++i) {
            const auto tag = events[static_cast<std::size_t>(i)].data.u64;
            if (tag == kTimer) {
                std::uint64_t expirations = 0;
                if (::read(timer.get(), &expirations, sizeof expirations) > 0) onTick(now, progress);
            } else if (tag == kStop) {
                ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, stopFd, nullptr);
                stop(now);
            } else {
                onEvent(tag, events[static_cast<std::size_t>(i)].events, now);
            }
        }
    }
}

void Simulator::launch(Clock::time_point now) {
    const auto ready = [&] {
        if (stopping_) return launched_;
        if (ramp_ <= 0) return tracks_.size();
        const std::chrono::duration<double> elapsed = now - startedAt_;
        return std::min(tracks_.size(), static_cast<std::size_t>(elapsed.count() * ramp_) + 1);
    };
    for (const auto limit = ready(); launched_ < limit; ++launched_) {
        tracks_[launched_].connect(reinterpret_cast<const sockaddr*>(&peer_), peerSize_, now);
        watch(launched_);
    }
}

void Simulator::onTick(Clock::time_point now, const Progress& progress) {
    launch(now);
    bool allConnected = launched_ == tracks_.size();
    for (std::size_t i = 0; i < launched_; ++i) {
        tracks_[i].advance(now);
        watch(i);
        allConnected = allConnected && (tracks_[i].connected() || tracks_[i].done());
    }
    const bool news = allConnected && !std::exchange(connectedTold_, allConnected);
    if (!progress || (!news && now - progressAt_ < std::chrono::seconds(1))) return;
    if (!news) progressAt_ = now;
    progress(tracks_, seconds(), news);
}

void Simulator::onEvent(std::size_t index, std::uint32_t events, Clock::time_point now) {
    auto& track = tracks_[index];
    if (events & EPOLLOUT) track.onWritable(now);
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        if (track.wantsRead())
            track.onReadable(now);
        else if (track.wantsWrite())
            track.onWritable(now);
    }
    watch(index);
}

void Simulator::stop(Clock::time_point now) {
    stopping_ = true;
    tracks_.erase(tracks_.begin() + static_cast<std::ptrdiff_t>(launched_), tracks_.end());
    for (std::size_t i = 0; i < launched_; ++i) {
        tracks_[i].requestEnd();
        tracks_[i].advance(now);
        watch(i);
    }
}

/// Tells epoll what the track waits for. A closed descriptor leaves the set by itself.
void Simulator::watch(std::size_t index) {
    const auto& track = tracks_[index];
    if (track.done()) return;
    std::uint32_t wanted = 0;
    if (track.wantsRead()) wanted |= EPOLLIN;
    if (track.wantsWrite()) wanted |= EPOLLOUT;
    // A track that waits for nothing leaves the set: epoll would report its hang-up for ever.
    const std::uint32_t before = watched_[index];
    if (wanted == before) return;
    epoll_event event{};
    event.events = wanted;
    event.data.u64 = index;
    const int operation = before == 0 ? EPOLL_CTL_ADD : wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    ::epoll_ctl(epoll_.get(), operation, track.fd(), &event);
    watched_[index] = wanted;
}

} // namespace lm::egresssim
