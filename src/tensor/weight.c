#include "tensor/weight.h"

#include <sys/mman.h>
#include <unistd.h>

bool weight_is_vector(const Weight *w, size_t n)
{
    return !tensor_is(w->host) || (w->host.rank == 1 && w->host.dim[0] == n);
}

/* The list only grows while the weight is in use, at its head, so readers need no lock. */
static WeightPack *find(WeightPack *p, const void *form, int variant)
{
    while (p && (p->form != form || p->variant != variant))
        p = p->next;
    return p;
}

WeightPack *weight_get(const Weight *w, const void *form, int variant)
{
    return find(__atomic_load_n(&w->packs, __ATOMIC_ACQUIRE), form, variant);
}

WeightPack *weight_put(const Weight *w, WeightPack *p)
{
    WeightPack **slot = &((Weight *)(uintptr_t)w)->packs; /* tensor.h: touched through const as well */
    WeightPack *head = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
    do {
        WeightPack *other = find(head, p->form, p->variant);
        if (other) {
            p->free(p);
            return other;
        }
        p->next = head;
    } while (!__atomic_compare_exchange_n(slot, &head, p, false, __ATOMIC_RELEASE, __ATOMIC_ACQUIRE));
    return p;
}

void weight_drop_pages(const Weight *w)
{
    if (!w->mapped || !w->host.data)
        return;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t first = ((uintptr_t)w->host.data + page - 1) / page * page;
    uintptr_t last = ((uintptr_t)w->host.data + tensor_bytes(w->host)) / page * page;
    if (first < last)
        (void)madvise((void *)first, last - first,
                      MADV_DONTNEED); /* advice: nothing is lost where it is refused */
}

void weight_clear(Weight *w)
{
    WeightPack *p = w->packs;
    w->packs = NULL;
    while (p) {
        WeightPack *next = p->next;
        p->free(p);
        p = next;
    }
}

void linear_clear(Linear *l)
{
    weight_clear(&l->weight);
    weight_clear(&l->bias);
}

void low_rank_clear(LowRank *r)
{
    weight_clear(&r->down);
    weight_clear(&r->up);
}

void norm_clear(Norm *n)
{
    weight_clear(&n->weight);
    weight_clear(&n->bias);
}
