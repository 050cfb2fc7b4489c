#include "service/exports/taskpool.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <memory>

namespace {

struct Work {
    GstTaskPoolFunction run;
    gpointer data;
};

gpointer work(gpointer given) {
    const std::unique_ptr<Work> job(static_cast<Work*>(given));
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), lm::exports::niceness);
    job->run(job->data);
    return nullptr;
}

} // namespace

struct LmExportTaskPool {
    GstTaskPool parent;
};
struct LmExportTaskPoolClass {
    GstTaskPoolClass parent;
};

G_DEFINE_TYPE(LmExportTaskPool, lm_export_task_pool, GST_TYPE_TASK_POOL)

/// Nothing to join: whoever stops a task waits for its function.
static gpointer lm_export_task_pool_push(GstTaskPool*, GstTaskPoolFunction run, gpointer data,
                                         GError** error) {
    auto job = std::make_unique<Work>(Work{run, data});
    GThread* thread = g_thread_try_new("lm-export", work, job.get(), error);
    if (!thread) return nullptr;
    (void)job.release(); // the thread's
    g_thread_unref(thread);
    return nullptr;
}

static void lm_export_task_pool_class_init(LmExportTaskPoolClass* type) {
    GstTaskPoolClass* pool = GST_TASK_POOL_CLASS(type);
    pool->prepare = [](GstTaskPool*, GError**) {};
    pool->cleanup = [](GstTaskPool*) {};
    pool->push = lm_export_task_pool_push;
    pool->join = [](GstTaskPool*, gpointer) {};
}

static void lm_export_task_pool_init(LmExportTaskPool*) {}

namespace lm::exports {

Ref<GstObject> makeTaskPool() {
    auto* pool = GST_OBJECT(g_object_new(lm_export_task_pool_get_type(), nullptr));
    return Ref<GstObject>::sink(pool);
}

} // namespace lm::exports
