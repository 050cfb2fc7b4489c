#include "plugins/blockaggregator/idletimer.hpp"

#include "plugins/common/cboundary.hpp"
#include "plugins/common/guarded.hpp"
#include "plugins/common/handedcall.hpp"

namespace lm::blockaggregator {

struct IdleTimer::Core : std::enable_shared_from_this<Core> {
    struct Data {
        Ref<GstClock> clock;
        GstClockTime period = 0; // 0: stopped
        GstClockTime lastTouch = GST_CLOCK_TIME_NONE;
        GstClockID armed = nullptr; // owned
    };
    using Locker = Guarded<Data>::Locker;

    Core(GstElement* element, OnIdle call) : onIdle(call) { g_weak_ref_init(&owner, element); }
    ~Core() { g_weak_ref_clear(&owner); }

    void arm(Locker& data, GstClockTime at);
    static void disarm(Locker& data);
    void fired(GstClockID id);

    const OnIdle onIdle;
    GWeakRef owner;
    Guarded<Data> guarded;
};

void IdleTimer::Core::arm(Locker& data, GstClockTime at) {
    data->armed = gst_clock_new_single_shot_id(data->clock.get(), at);
    auto call = [self = weak_from_this(), id = data->armed] {
        if (const auto core = self.lock()) core->fired(id);
    };
    gst_clock_id_wait_async(
        data->armed,
        [](GstClock*, GstClockTime, GstClockID, gpointer handed) -> gboolean {
            fence("blockaggregator idle timer", [&] { static_cast<HandedCall*>(handed)->run(); });
            return TRUE;
        },
        new HandedCall(std::move(call)), [](gpointer handed) { delete static_cast<HandedCall*>(handed); });
}

void IdleTimer::Core::disarm(Locker& data) {
    if (!data->armed) return;
    gst_clock_id_unschedule(data->armed);
    gst_clock_id_unref(std::exchange(data->armed, nullptr));
}

void IdleTimer::Core::fired(GstClockID id) {
    {
        auto data = guarded.lock();
        if (data->armed != id) return; // overtaken by stop or by a new clock
        gst_clock_id_unref(std::exchange(data->armed, nullptr));
        if (data->lastTouch == GST_CLOCK_TIME_NONE) return;
        const GstClockTime due = data->lastTouch + data->period;
        if (gst_clock_get_time(data->clock.get()) < due) return arm(data, due);
    }
    if (const auto element = Ref<GstElement>::adopt(static_cast<GstElement*>(g_weak_ref_get(&owner))))
        onIdle(element.get());
}

IdleTimer::IdleTimer(GstElement* owner, OnIdle onIdle) : core_(std::make_shared<Core>(owner, onIdle)) {
    setClock(nullptr);
}

IdleTimer::~IdleTimer() {
    stop();
}

void IdleTimer::setClock(GstClock* clock) {
    auto data = core_->guarded.lock();
    const bool wasArmed = data->armed != nullptr;
    Core::disarm(data);
    data->clock = clock ? Ref<GstClock>::share(clock) : Ref<GstClock>::adopt(gst_system_clock_obtain());
    if (!wasArmed) return;
    // Times of two clocks cannot be compared: the period begins anew.
    data->lastTouch = gst_clock_get_time(data->clock.get());
    core_->arm(data, data->lastTouch + data->period);
}

void IdleTimer::start(GstClockTime period) {
    auto data = core_->guarded.lock();
    data->period = period;
    data->lastTouch = GST_CLOCK_TIME_NONE;
}

void IdleTimer::stop() {
    auto data = core_->guarded.lock();
    Core::disarm(data);
    data->period = 0;
    data->lastTouch = GST_CLOCK_TIME_NONE;
}

void IdleTimer::touch() {
    auto data = core_->guarded.lock();
    if (data->period == 0) return;
    data->lastTouch = gst_clock_get_time(data->clock.get());
    if (!data->armed) core_->arm(data, data->lastTouch + data->period);
}

bool IdleTimer::expired() const {
    auto data = core_->guarded.lock();
    if (data->period == 0 || data->lastTouch == GST_CLOCK_TIME_NONE) return false;
    return gst_clock_get_time(data->clock.get()) >= data->lastTouch + data->period;
}

} // namespace lm::blockaggregator
