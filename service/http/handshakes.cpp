#include "service/http/handshakes.hpp"

#include "plugins/common/cboundary.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <system_error>

namespace lm::http {
namespace {

Ref<GIOStream> secure(GSocketConnection* stream, GTlsCertificate* certificate, GCancellable* cancellable) {
    Owned<GError> error;
    // No client certificate is asked for. Without an explicit word GIO would read all authorities of the
    // system for every connection, which takes longer than the handshake.
    const GType type = g_tls_backend_get_server_connection_type(g_tls_backend_get_default());
    auto tls = Ref<GIOStream>::adopt(
        static_cast<GIOStream*>(g_initable_new(type, nullptr, OutPtr(error), "base-io-stream", stream,
                                               "certificate", certificate, "database", nullptr, nullptr)));
    if (!tls) return nullptr;
    // A peer that just goes is told apart by the WebSocket's Close frame or by the length of a body.
    g_tls_connection_set_require_close_notify(G_TLS_CONNECTION(tls.get()), FALSE);
    if (!g_tls_connection_handshake(G_TLS_CONNECTION(tls.get()), cancellable, OutPtr(error))) return nullptr;
    return tls;
}

} // namespace

Handshakes::Handshakes(unsigned threads, std::chrono::milliseconds patience)
    : patience_(patience), cancelled_(Ref<GCancellable>::adopt(g_cancellable_new())),
      event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (event_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
    wake_.watch(event_, [this] { collect(); });
    pool_ = g_thread_pool_new(
        [](gpointer job, gpointer self) {
            fence("handshake",
                  [&] { static_cast<Handshakes*>(self)->run(std::unique_ptr<Job>(static_cast<Job*>(job))); });
        },
        this, static_cast<int>(threads), FALSE, nullptr);
}

Handshakes::~Handshakes() {
    g_cancellable_cancel(cancelled_.get());
    g_thread_pool_free(pool_, FALSE, TRUE);
    left_.take();
    wake_.stop();
    ::close(event_);
}

void Handshakes::start(Ref<GSocketConnection> stream, std::string address, Ref<GTlsCertificate> certificate,
                       Done done) {
    auto job = std::make_unique<Job>();
    job->stream = std::move(stream);
    job->address = std::move(address);
    job->certificate = std::move(certificate);
    job->done = std::move(done);
    started_.insert(job.get());
    job->made.give();
    g_thread_pool_push(pool_, job.release(), nullptr);
    if (g_thread_pool_unprocessed(pool_) > 0 && !pressure_.active()) relieve();
}

void Handshakes::relieve() {
    pressure_.stop();
    if (g_thread_pool_unprocessed(pool_) == 0) return;
    giveUpTheSlowest();
    pressure_.after(patience_ / 10, [this] { relieve(); });
}

void Handshakes::giveUpTheSlowest() {
    auto running = running_.lock();
    std::map<std::string, std::size_t> threads;
    for (const auto& [job, since] : *running)
        ++threads[job->address];
    std::size_t fewest = running->size();
    for (const Job* job : started_)
        if (!running->contains(job)) fewest = std::min(fewest, threads[job->address]);
    for (const auto& [job, since] : *running)
        if (threads[job->address] > fewest && Clock::now() - since >= patience_)
            g_socket_shutdown(g_socket_connection_get_socket(job->stream.get()), TRUE, TRUE, nullptr);
}

/// Every job goes back to the main loop, which alone may drop the last handle of a stream.
void Handshakes::run(std::unique_ptr<Job> job) {
    job->made.take();
    running_.lock()->emplace(job.get(), Clock::now());
    if (!g_cancellable_is_cancelled(cancelled_.get()))
        job->secured = secure(job->stream.get(), job->certificate.get(), cancelled_.get());
    running_.lock()->erase(job.get());
    finished_.lock()->push_back(std::move(job));
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t ignored = ::write(event_, &one, sizeof one);
    left_.give();
}

void Handshakes::collect() {
    std::uint64_t count = 0;
    [[maybe_unused]] const ssize_t ignored = ::read(event_, &count, sizeof count);
    Jobs jobs;
    finished_.lock()->swap(jobs);
    for (const auto& job : jobs) {
        started_.erase(job.get());
        job->done(std::move(job->secured));
    }
}

} // namespace lm::http
