#include "service/pipeline/busqueue.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/handover.hpp"
#include "service/logging/log.hpp"

#include <vector>

namespace lm::pipeline {
namespace {

/// Delivered in one turn of the main loop, so that HTTP gets its turn when every track speaks at once.
constexpr std::size_t maxBatch = 512;

struct Entry {
    BusQueue::Token token;
    Event event;
};

struct Pending {
    std::deque<Entry> entries;
    std::size_t bytes = 0; // of the entries
    std::uint64_t discarded = 0;
    bool overflowing = false; // a run of discards has begun and is not reported yet
    Ref<GSource> wake;        // empty after the queue's end

    void discard() {
        ++discarded;
        overflowing = true;
    }
};

} // namespace

struct BusQueue::Shared {
    Shared(std::size_t l, std::size_t b) : limit(l), maxBytes(b) {}
    const std::size_t limit, maxBytes;
    Guarded<Pending> pending;

    void push(Token token, Event event) {
        std::size_t weight = weightOf(event);
        auto p = pending.lock();
        if (!p->wake) return abandon(std::move(event));
        if (p->bytes + weight > maxBytes - maxBytes / 4 && leaveAnswerOut(event)) {
            p->discard();
            weight = weightOf(event);
        }
        const bool full = p->entries.size() >= limit || p->bytes + weight > maxBytes;
        if (full && !isEssential(event)) {
            p->discard();
            return abandon(std::move(event));
        }
        p->bytes += weight;
        p->entries.push_back({token, std::move(event)});
        // GLib's own wake-up: cheap, and nothing when the loop is awake already.
        if (p->entries.size() == 1) g_source_set_ready_time(p->wake.get(), 0);
    }
};

BusQueue::BusQueue(GMainContext* context, Handler handler, std::size_t limit, std::size_t maxBytes)
    : shared_(std::make_shared<Shared>(limit, maxBytes)), handler_(std::move(handler)) {
    static GSourceFuncs functions = {
        nullptr, nullptr, [](GSource*, GSourceFunc call, gpointer data) { return call(data); },
        nullptr, nullptr, nullptr};
    source_ = Ref<GSource>::adopt(g_source_new(&functions, sizeof(GSource)));
    g_source_set_callback(
        source_.get(),
        [](gpointer self) -> gboolean {
            fence("bus queue", [&] { static_cast<BusQueue*>(self)->deliver(); });
            return G_SOURCE_CONTINUE;
        },
        this, nullptr);
    g_source_attach(source_.get(), context);
    shared_->pending.lock()->wake = source_;
}

BusQueue::~BusQueue() {
    std::deque<Entry> unheard;
    {
        auto p = shared_->pending.lock();
        p->wake.reset();
        unheard.swap(p->entries);
    }
    for (Entry& entry : unheard)
        abandon(std::move(entry.event));
    g_source_destroy(source_.get());
}

void BusQueue::deliver() {
    std::vector<Entry> batch;
    bool overflowed = false;
    std::uint64_t discarded = 0;
    {
        auto p = shared_->pending.lock();
        while (!p->entries.empty() && batch.size() < maxBatch) {
            p->bytes -= weightOf(p->entries.front().event);
            batch.push_back(std::move(p->entries.front()));
            p->entries.pop_front();
        }
        g_source_set_ready_time(source_.get(), p->entries.empty() ? -1 : 0);
        if (p->entries.empty()) overflowed = std::exchange(p->overflowing, false);
        discarded = p->discarded;
    }
    if (overflowed)
        logging::warning("pipeline",
                         "the service could not keep up with its tracks' messages; some were discarded",
                         {{"total", discarded}});
    // Copied: the handler may end the queue.
    const Handler handler = handler_;
    const auto shared = shared_;
    for (const Entry& entry : batch) {
        if (!shared->pending.lock()->wake) break;
        handler(entry.token, entry.event);
    }
}

void BusQueue::flush() {
    while (queued() > 0)
        deliver();
}

void BusQueue::attach(GstElement* pipeline, Token token) {
    struct Route {
        std::shared_ptr<Shared> shared;
        GstElement* pipeline; // borrowed: the bus lives in it
        Token token;
        HandOver made, used;
        ~Route() { used.take(); }
    };
    const auto bus = Ref<GstBus>::adopt(gst_element_get_bus(pipeline));
    auto* route = new Route{shared_, pipeline, token, {}, {}};
    route->made.give();
    gst_bus_set_sync_handler(
        bus.get(),
        [](GstBus*, GstMessage* message, gpointer data) {
            fence("bus handler", [&] {
                auto& mine = *static_cast<Route*>(data);
                mine.made.take();
                if (auto event = toEvent(message, mine.pipeline))
                    mine.shared->push(mine.token, std::move(*event));
                mine.used.give();
            });
            gst_message_unref(message); // GST_BUS_DROP leaves the message to the handler
            return GST_BUS_DROP;
        },
        route, [](gpointer data) { delete static_cast<Route*>(data); });
}

void BusQueue::detach(GstElement* pipeline) {
    const auto bus = Ref<GstBus>::adopt(gst_element_get_bus(pipeline));
    gst_bus_set_sync_handler(bus.get(), nullptr, nullptr, nullptr);
}

std::function<void(Event)> BusQueue::sender(Token token) {
    return [shared = shared_, token](Event event) { shared->push(token, std::move(event)); };
}

std::size_t BusQueue::queued() const {
    return shared_->pending.lock()->entries.size();
}

std::uint64_t BusQueue::discarded() const {
    return shared_->pending.lock()->discarded;
}

} // namespace lm::pipeline
