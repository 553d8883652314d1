// Hazelcast's Go client against a running cluster: go run . ADDRESS CLUSTER. Ends with 1 where a check failed.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"sync"
	"time"

	"github.com/hazelcast/hazelcast-go-client"
	"github.com/hazelcast/hazelcast-go-client/aggregate"
	"github.com/hazelcast/hazelcast-go-client/hzerrors"
	"github.com/hazelcast/hazelcast-go-client/logger"
	"github.com/hazelcast/hazelcast-go-client/nearcache"
	"github.com/hazelcast/hazelcast-go-client/predicate"
	"github.com/hazelcast/hazelcast-go-client/serialization"
	"github.com/hazelcast/hazelcast-go-client/types"
)

var (
	ctx            = context.Background()
	passed, failed int
)

// check compares what the call returns; what `must` panics with is a failure.
func check(name string, expected any, call func() any) {
	defer func() {
		if err := recover(); err != nil {
			failed++
			fmt.Printf("  failed: %s: %v\n", name, err)
		}
	}()
	if found := call(); !reflect.DeepEqual(expected, found) {
		failed++
		fmt.Printf("  failed: %s: %#v instead of %#v\n", name, found, expected)
		return
	}
	passed++
}

// soon is true as soon as the condition is, and false after ten seconds.
func soon(condition func() bool) bool {
	for deadline := time.Now().Add(10 * time.Second); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func done(err error) {
	if err != nil {
		panic(err)
	}
}

type city struct {
	name   string
	people int32
}

type citySerializer struct{}

func (citySerializer) Type() reflect.Type { return reflect.TypeOf(city{}) }
func (citySerializer) TypeName() string   { return "city" }
func (citySerializer) Read(r serialization.CompactReader) any {
	return city{*r.ReadString("name"), r.ReadInt32("people")}
}
func (citySerializer) Write(w serialization.CompactWriter, value any) {
	c := value.(city)
	w.WriteString("name", &c.name)
	w.WriteInt32("people", c.people)
}

type ship struct {
	name string
	tons float64
}

func (*ship) FactoryID() int32 { return 5 }
func (*ship) ClassID() int32   { return 1 }
func (s *ship) WritePortable(w serialization.PortableWriter) {
	w.WriteString("name", s.name)
	w.WriteFloat64("tons", s.tons)
}
func (s *ship) ReadPortable(r serialization.PortableReader) {
	s.name = r.ReadString("name")
	s.tons = r.ReadFloat64("tons")
}

type ships struct{}

func (ships) Create(int32) serialization.Portable { return &ship{} }
func (ships) FactoryID() int32                    { return 5 }

// add runs on the members as the function of functions.mjs that has these ids.
type add struct{ by int32 }

func (add) FactoryID() int32                         { return 10 }
func (add) ClassID() int32                           { return 1 }
func (a add) WriteData(out serialization.DataOutput) { out.WriteInt32(a.by) }
func (add) ReadData(serialization.DataInput)         {}

func entries(n int, value func(i int) any) []types.Entry {
	all := make([]types.Entry, n)
	for i := range all {
		all[i] = types.NewEntry(fmt.Sprintf("p%d", i), value(i))
	}
	return all
}

func calls(m *hazelcast.Map) {
	check("put", nil, func() any { return must(m.Put(ctx, "a", int32(1))) })
	check("put again", int32(1), func() any { return must(m.Put(ctx, "a", int32(2))) })
	check("get", int32(2), func() any { return must(m.Get(ctx, "a")) })
	check("PutIfAbsent", int32(2), func() any { return must(m.PutIfAbsent(ctx, "a", int32(9))) })
	check("Replace", int32(2), func() any { return must(m.Replace(ctx, "a", int32(3))) })
	check("ReplaceIfSame", true, func() any { return must(m.ReplaceIfSame(ctx, "a", int32(3), int32(4))) })
	check("ContainsKey", true, func() any { return must(m.ContainsKey(ctx, "a")) })
	check("RemoveIfSame", false, func() any { return must(m.RemoveIfSame(ctx, "a", int32(3))) })
	check("Remove", int32(4), func() any { return must(m.Remove(ctx, "a")) })
	check("TryPut", true, func() any { return must(m.TryPut(ctx, "b", int32(1))) })
	check("Evict", true, func() any { return must(m.Evict(ctx, "b")) })
	check("PutTransient", int32(1), func() any { done(m.PutTransient(ctx, "c", int32(1))); return must(m.Get(ctx, "c")) })
	check("SetTTL", int64(100_000), func() any {
		done(m.SetTTL(ctx, "c", 100*time.Second))
		return must(m.GetEntryView(ctx, "c")).TTL
	})
	check("Delete", false, func() any { done(m.Delete(ctx, "c")); return must(m.ContainsKey(ctx, "c")) })
	check("a lifetime", true, func() any {
		done(m.SetWithTTL(ctx, "d", int32(1), 100*time.Millisecond))
		return soon(func() bool { return must(m.Get(ctx, "d")) == nil })
	})
	check("Clear", true, func() any { done(m.Clear(ctx)); return must(m.IsEmpty(ctx)) })
	check("PutAll", 500, func() any {
		done(m.PutAll(ctx, entries(500, func(i int) any { return int32(i) })...))
		return must(m.Size(ctx))
	})
	check("GetAll", 2, func() any { return len(must(m.GetAll(ctx, "p1", "p2", "nothing"))) })
	check("GetKeySet", 500, func() any { return len(must(m.GetKeySet(ctx))) })
	check("GetValues", 500, func() any { return len(must(m.GetValues(ctx))) })
	check("GetEntrySet", 500, func() any { return len(must(m.GetEntrySet(ctx))) })
	check("ExecuteOnKey", int32(8), func() any { return must(m.ExecuteOnKey(ctx, add{5}, "p3")) })
	check("ExecuteOnKeys", []any{int32(3)}, func() any { return must(m.ExecuteOnKeys(ctx, add{2}, "p1")) })
	check("ExecuteOnEntries", 500, func() any { return len(must(m.ExecuteOnEntries(ctx, add{1}))) })
	check("RemoveAll", 0, func() any { done(m.RemoveAll(ctx, predicate.True())); return must(m.Size(ctx)) })
	check("a megabyte", 1<<20, func() any {
		done(m.Set(ctx, "large", make([]byte, 1<<20)))
		return len(must(m.Get(ctx, "large")).([]byte))
	})
	for _, value := range []any{true, byte(1), int16(2), int32(3), int64(4), float32(1.5), 2.5, "héllo ✓ 😀", []int64{1, 2},
		[]string{"a", "b"}, types.NewUUIDWith(1, 2), serialization.JSON(`{"a":1}`)} {
		check(fmt.Sprintf("round trip of %T", value), value, func() any { done(m.Set(ctx, "v", value)); return must(m.Get(ctx, "v")) })
		check(fmt.Sprintf("ContainsValue of %T", value), true, func() any { return must(m.ContainsValue(ctx, value)) })
	}
}

func locks(m *hazelcast.Map) {
	mine, other := m.NewLockContext(ctx), m.NewLockContext(ctx)
	check("Lock", true, func() any { done(m.Lock(mine, "a")); return must(m.IsLocked(mine, "a")) })
	check("TryLock of another holder", false, func() any { return must(m.TryLock(other, "a")) })
	check("TryPut of another holder", false, func() any { return must(m.TryPutWithTimeout(other, "a", "x", 10*time.Millisecond)) })
	check("Unlock of another holder", true, func() any { return errors.Is(m.Unlock(other, "a"), hzerrors.ErrIllegalMonitorState) })
	check("Unlock", false, func() any { done(m.Unlock(mine, "a")); return must(m.IsLocked(mine, "a")) })
	check("a lease ends", true, func() any {
		done(m.LockWithLease(mine, "b", 100*time.Millisecond))
		return must(m.TryLockWithTimeout(other, "b", 10*time.Second))
	})
	check("ForceUnlock", false, func() any { done(m.ForceUnlock(ctx, "b")); return must(m.IsLocked(ctx, "b")) })
}

func listeners(m *hazelcast.Map) {
	var told sync.Map
	tell := func(event string) func(*hazelcast.EntryNotified) {
		return func(e *hazelcast.EntryNotified) {
			told.Store(fmt.Sprint(event, " ", e.Key, " ", e.Value, " ", e.OldValue), true)
		}
	}
	registration := must(m.AddListener(ctx, hazelcast.MapListener{
		EntryAdded: tell("added"), EntryUpdated: tell("updated"), EntryRemoved: tell("removed"), EntryEvicted: tell("evicted"),
		EntryExpired: tell("expired"), MapCleared: tell("cleared"), MapEvicted: tell("evicted all"),
	}, true))
	must(m.AddListenerWithKey(ctx, hazelcast.MapListener{EntryAdded: tell("by key")}, "k", false))
	must(m.AddListenerWithPredicate(ctx, hazelcast.MapListener{EntryAdded: tell("large")}, predicate.Greater("this", int32(100)), false))
	done(m.Set(ctx, "k", int32(1)))
	done(m.Set(ctx, "k", int32(2)))
	must(m.Remove(ctx, "k"))
	done(m.Set(ctx, "l", int32(101)))
	must(m.Evict(ctx, "l"))
	done(m.SetWithTTL(ctx, "x", int32(5), 100*time.Millisecond))
	soon(func() bool { return must(m.Get(ctx, "x")) == nil })
	done(m.Clear(ctx))
	done(m.Set(ctx, "y", int32(1)))
	done(m.Clear(ctx))
	done(m.Set(ctx, "z", int32(1)))
	done(m.EvictAll(ctx))
	for _, event := range []string{"added k 1 <nil>", "updated k 2 1", "removed k <nil> 2", "by key k <nil> <nil>", "large l <nil> <nil>",
		"evicted l <nil> 101", "expired x <nil> 5", "cleared <nil> <nil> <nil>", "evicted all <nil> <nil> <nil>"} {
		check("told: "+event, true, func() any { return soon(func() bool { _, ok := told.Load(event); return ok }) })
	}
	check("RemoveListener", nil, func() any { return m.RemoveListener(ctx, registration) })
}

func queries(cities, fleet, json *hazelcast.Map) {
	done(cities.PutAll(ctx, entries(40, func(i int) any { return city{fmt.Sprint("n", i), int32(i)} })...))
	done(fleet.PutAll(ctx, entries(40, func(i int) any { return &ship{fmt.Sprint("n", i), float64(i) + 0.5} })...))
	done(json.PutAll(ctx, entries(40, func(i int) any {
		return serialization.JSON(fmt.Sprintf(`{"name":"n%d","people":%d,"of":[{"x":%d},{"x":9}]}`, i, i, i%4))
	})...))
	found := func(m *hazelcast.Map, where predicate.Predicate) func() any {
		return func() any { return len(must(m.GetEntrySetWithPredicate(ctx, where))) }
	}
	check("Compact", city{"n3", 3}, func() any { return must(cities.Get(ctx, "p3")) })
	check("Portable", 3.5, func() any { return must(fleet.Get(ctx, "p3")).(*ship).tons })
	check("Portable query", 10, found(fleet, predicate.GreaterOrEqual("tons", 30.5)))
	check("JSON path", 10, found(json, predicate.Equal("of[0].x", int32(3))))
	check("JSON any", 40, found(json, predicate.Equal("of[any].x", int32(9))))
	rows := []struct {
		expected int
		where    predicate.Predicate
	}{
		{1, predicate.Equal("name", "n3")}, {39, predicate.NotEqual("name", "n3")}, {9, predicate.Greater("people", int32(30))},
		{10, predicate.GreaterOrEqual("people", int32(30))}, {30, predicate.Less("people", int32(30))},
		{31, predicate.LessOrEqual("people", int32(30))}, {11, predicate.Between("people", int32(10), int32(20))},
		{2, predicate.In("name", "n1", "n2", "n99")}, {11, predicate.Like("name", "n3%")}, {11, predicate.ILike("name", "N3%")},
		{10, predicate.Regex("name", `n3\d`)}, {0, predicate.InstanceOf("java.lang.String")},
		{5, predicate.And(predicate.Greater("people", int32(9)), predicate.Less("people", int32(15)))},
		{2, predicate.Or(predicate.Equal("people", int32(1)), predicate.Equal("name", "n2"))},
		{30, predicate.Not(predicate.Less("people", int32(10)))}, {1, predicate.Equal("__key", "p7")}, {40, predicate.True()},
		{0, predicate.False()}, {3, predicate.SQL("people BETWEEN 10 AND 12 AND name LIKE 'n%'")},
	}
	for _, with := range []string{"", " with indexes"} {
		if with != "" {
			done(cities.AddIndex(ctx, types.IndexConfig{Type: types.IndexTypeSorted, Attributes: []string{"people"}}))
			done(cities.AddIndex(ctx, types.IndexConfig{Type: types.IndexTypeHash, Attributes: []string{"name"}}))
		}
		for _, row := range rows {
			check(fmt.Sprint("Compact", with, ": ", row.where), row.expected, found(cities, row.where))
			check(fmt.Sprint("JSON", with, ": ", row.where), row.expected, found(json, row.where))
		}
	}
	for _, row := range []struct {
		expected any
		of       aggregate.Aggregator
	}{
		{int64(40), aggregate.CountAll()}, {int64(780), aggregate.IntSum("people")}, {19.5, aggregate.IntAverage("people")},
		{int32(39), aggregate.Max("people")}, {int32(0), aggregate.Min("people")}, {"n9", aggregate.Max("name")},
	} {
		check(fmt.Sprint(row.of), row.expected, func() any { return must(cities.Aggregate(ctx, row.of)) })
	}
	check("DoubleSum", 800.0, func() any { return must(fleet.Aggregate(ctx, aggregate.DoubleSum("tons"))) })
	check("Count with a predicate", int64(10), func() any {
		return must(cities.AggregateWithPredicate(ctx, aggregate.Count("people"), predicate.Less("people", int32(10))))
	})
	check("SQL that cannot be read", true, func() any {
		_, err := cities.GetValuesWithPredicate(ctx, predicate.SQL("people >"))
		return errors.Is(err, hzerrors.ErrQuery)
	})
}

func connect(address, cluster string, unisocket bool, near ...string) *hazelcast.Client {
	config := hazelcast.Config{}
	config.Logger.Level = logger.OffLevel
	config.Cluster.Name = cluster
	config.Cluster.Unisocket = unisocket
	config.Cluster.Network.SetAddresses(address)
	config.Serialization.SetPortableFactories(ships{})
	config.Serialization.Compact.SetSerializers(citySerializer{})
	for _, name := range near {
		config.AddNearCache(nearcache.Config{Name: name})
	}
	return must(hazelcast.StartNewClientWithConfig(ctx, config))
}

func run(address, cluster string, unisocket bool) {
	name := "go-" + types.NewUUID().String()
	client, other := connect(address, cluster, unisocket, name+"-near"), connect(address, cluster, unisocket)
	open := func(c *hazelcast.Client, kind string) *hazelcast.Map { return must(c.GetMap(ctx, name+kind)) }
	calls(open(client, ""))
	locks(open(client, "-locks"))
	listeners(open(client, "-told"))
	queries(open(client, "-cities"), open(client, "-ships"), open(client, "-json"))
	near, plain := open(client, "-near"), open(other, "-near")
	for _, value := range []int32{1, 2} {
		check(fmt.Sprint("near cache, change ", value), true, func() any {
			done(plain.Set(ctx, "k", value))
			return soon(func() bool { return must(near.Get(ctx, "k")) == value })
		})
	}
	check("near cache, hits", true, func() any {
		return soon(func() bool { must(near.Get(ctx, "k")); return near.LocalMapStats().NearCacheStats.Hits > 0 })
	})
	check("a queue is refused", true, func() any {
		_, err := client.GetQueue(ctx, "q")
		return errors.Is(err, hzerrors.ErrUnsupportedOperation)
	})
	check("distributed objects", true, func() any {
		return slices.ContainsFunc(must(client.GetDistributedObjectsInfo(ctx)), func(o types.DistributedObjectInfo) bool { return o.Name == name })
	})
	for _, kind := range []string{"-locks", "-told", "-cities", "-ships", "-json", "-near", ""} {
		check("destroy"+kind, 0, func() any { done(open(client, kind).Destroy(ctx)); return must(open(other, kind).Size(ctx)) })
		done(open(other, kind).Destroy(ctx))
	}
	done(client.Shutdown(ctx))
	done(other.Shutdown(ctx))
}

func main() {
	all := 0
	for _, mode := range []string{"smart", "unisocket"} {
		passed, failed = 0, 0
		run(os.Args[1], os.Args[2], mode == "unisocket")
		fmt.Printf("%s: %d checks, %d failed\n", mode, passed+failed, failed)
		all += failed
	}
	if all > 0 {
		os.Exit(1)
	}
}
