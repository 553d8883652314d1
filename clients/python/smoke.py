"""Hazelcast's Python client against a running cluster: python smoke.py ADDRESS CLUSTER. Ends with 1 where a check failed."""

import datetime
import decimal
import sys
import threading
import time
import uuid

import hazelcast
from hazelcast import aggregator, errors, predicate, projection
from hazelcast.core import HazelcastJsonValue
from hazelcast.serialization.api import CompactSerializer, IdentifiedDataSerializable, Portable

results = []


def check(name, expected, call):
    try:
        found = call()
        failure = None if found == expected else f"{found!r} instead of {expected!r}"
    except Exception as error:
        failure = f"{type(error).__name__}: {error}"
    results.append(failure is None)
    if failure:
        print(f"  failed: {name}: {failure[:300]}")


def after(*steps):
    """The value of the last of what has been called in this order."""
    return steps[-1]


def thrown(call):
    try:
        call()
    except Exception as error:
        return type(error)
    return None


def soon(condition):
    """True as soon as the condition is; false after ten seconds."""
    deadline = time.monotonic() + 10
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def elsewhere(call):
    found = []
    thread = threading.Thread(target=lambda: found.append(call()))
    thread.start()
    thread.join(10)
    return found[0]


class City:
    def __init__(self, name, people):
        self.name, self.people = name, people


class CitySerializer(CompactSerializer):
    def read(self, reader):
        return City(reader.read_string("name"), reader.read_int32("people"))

    def write(self, writer, city):
        writer.write_string("name", city.name)
        writer.write_int32("people", city.people)

    def get_type_name(self):
        return "city"

    def get_class(self):
        return City


class Ship(Portable):
    def __init__(self, name=None, tons=None):
        self.name, self.tons = name, tons

    def get_factory_id(self):
        return 5

    def get_class_id(self):
        return 1

    def write_portable(self, writer):
        writer.write_string("name", self.name)
        writer.write_double("tons", self.tons)

    def read_portable(self, reader):
        self.name = reader.read_string("name")
        self.tons = reader.read_double("tons")


class OnMembers(IdentifiedDataSerializable):
    """Runs on the members as the function of functions.mjs that has these ids."""

    def __init__(self, class_id, number):
        self.class_id, self.number = class_id, number

    def get_factory_id(self):
        return 10

    def get_class_id(self):
        return self.class_id

    def write_data(self, output):
        output.write_int(self.number)

    def read_data(self, input):
        self.number = input.read_int()


def add(by):
    return OnMembers(1, by)


def by_remainder(divisor):
    return OnMembers(2, divisor)


VALUES = [
    True, 3, 1.5, "héllo ✓ 😀", bytearray(b"xyz"), [1, "two"], uuid.UUID(int=1 << 70), decimal.Decimal("1.50"),
    datetime.date(2024, 1, 2), datetime.time(3, 4, 5), datetime.datetime(2024, 1, 2, 3, 4, tzinfo=datetime.timezone.utc),
    HazelcastJsonValue({"a": 1}),
]  # fmt: skip


def calls(m):
    check("put", None, lambda: m.put("a", 1))
    check("put again", 1, lambda: m.put("a", 2))
    check("get", 2, lambda: m.get("a"))
    check("put_if_absent", 2, lambda: m.put_if_absent("a", 9))
    check("replace", 2, lambda: m.replace("a", 3))
    check("replace_if_same", True, lambda: m.replace_if_same("a", 3, 4))
    check("contains_key", True, lambda: m.contains_key("a"))
    check("remove_if_same", False, lambda: m.remove_if_same("a", 3))
    check("remove", 4, lambda: m.remove("a"))
    check("try_put", True, lambda: m.try_put("b", 1, 1))
    check("try_remove", True, lambda: m.try_remove("b", 1))
    check("put_transient", 1, lambda: after(m.put_transient("c", 1), m.get("c")))
    check("delete", False, lambda: after(m.delete("c"), m.contains_key("c")))
    check("evict", True, lambda: after(m.set("d", 1), m.evict("d")))
    check("a lifetime", True, lambda: after(m.set("e", 1, ttl=0.1), soon(lambda: m.get("e") is None)))
    check("a longest idle time", 1, lambda: after(m.put("f", 1, max_idle=100), m.get("f")))
    check("set_ttl", 100_000, lambda: after(m.set_ttl("f", 100), m.get_entry_view("f").ttl))
    check("clear", True, lambda: after(m.clear(), m.is_empty()))
    check("put_all", 500, lambda: after(m.put_all({i: i for i in range(500)}), m.size()))
    check("get_all", {1: 1, 2: 2}, lambda: m.get_all([1, 2, 1000]))
    check("key_set", 500, lambda: len(m.key_set()))
    check("values", 500, lambda: len(m.values()))
    check("entry_set", 500, lambda: len(m.entry_set()))
    check("remove_all", 250, lambda: after(m.remove_all(predicate.greater_or_equal("this", 250)), m.size()))
    check("evict_all", 0, lambda: after(m.evict_all(), m.size()))
    check("put None", AssertionError, lambda: thrown(lambda: m.put("a", None)))
    check("a megabyte", 1 << 20, lambda: after(m.set("large", bytearray(1 << 20)), len(m.get("large"))))
    for value in VALUES:
        check(f"round trip of {value!r}", value, lambda: after(m.set("v", value), m.get("v")))
        check(f"contains_value of {value!r}", True, lambda: m.contains_value(value))


def locks(m):
    check("lock", True, lambda: after(m.lock("a"), m.is_locked("a")))
    check("lock again", True, lambda: m.try_lock("a"))
    check("try_lock of another thread", False, lambda: elsewhere(lambda: m.try_lock("a")))
    check("try_put of another thread", False, lambda: elsewhere(lambda: m.try_put("a", 1, 0.01)))
    check("unlock of another thread", errors.IllegalMonitorStateError, lambda: elsewhere(lambda: thrown(lambda: m.unlock("a"))))
    check("unlock", False, lambda: after(m.unlock("a"), m.unlock("a"), m.is_locked("a")))
    check("a lease ends", True, lambda: after(m.lock("b", 0.1), elsewhere(lambda: m.try_lock("b", timeout=10))))
    check("force_unlock", False, lambda: after(m.force_unlock("b"), m.is_locked("b")))


def listeners(m):
    told = []
    registration = m.add_entry_listener(
        include_value=True,
        added_func=lambda e: told.append(("added", e.value)),
        updated_func=lambda e: told.append(("updated", e.old_value)),
        removed_func=lambda e: told.append(("removed", e.old_value)),
        evicted_func=lambda e: told.append(("evicted", e.old_value)),
        expired_func=lambda e: told.append(("expired", e.old_value)),
        clear_all_func=lambda e: told.append(("cleared", e.number_of_affected_entries)),
        evict_all_func=lambda e: told.append(("evicted all", e.number_of_affected_entries)),
    )
    m.add_entry_listener(key="k", added_func=lambda e: told.append(("key", e.value)))
    m.add_entry_listener(predicate=predicate.greater("this", 100), added_func=lambda e: told.append(("large", e.key)))
    m.put("k", 1), m.put("k", 2), m.remove("k"), m.put("l", 101), m.evict("l")
    m.set("x", 5, ttl=0.1), soon(lambda: m.get("x") is None)
    m.set("y", 1), m.clear(), m.set("z", 1), m.evict_all()
    for event in [("added", 1), ("updated", 1), ("removed", 2), ("key", None), ("large", "l"), ("evicted", 101), ("expired", 5),
                  ("cleared", 1), ("evicted all", 1)]:  # fmt: skip
        check(f"told: {event}", True, lambda: soon(lambda: event in told))
    check("remove_entry_listener", True, lambda: m.remove_entry_listener(registration))


def queries(client, name):
    cities, ships, json = (client.get_map(f"{name}-{kind}").blocking() for kind in ("cities", "ships", "json"))
    for i in range(40):
        cities.set(f"p{i}", City(f"n{i}", i))
        ships.set(f"p{i}", Ship(f"n{i}", i + 0.5))
        json.set(f"p{i}", HazelcastJsonValue({"name": f"n{i}", "people": i, "of": [{"x": i % 4}, {"x": 9}]}))
    check("Compact", "n3", lambda: cities.get("p3").name)
    check("Portable", 3.5, lambda: ships.get("p3").tons)
    check("Portable query", 10, lambda: len(ships.values(predicate.greater_or_equal("tons", 30.5))))
    check("JSON path", 10, lambda: len(json.values(predicate.equal("of[0].x", 3))))
    check("JSON any", 40, lambda: len(json.values(predicate.equal("of[any].x", 9))))
    p = predicate
    rows = [
        (1, p.equal("name", "n3")), (39, p.not_equal("name", "n3")), (9, p.greater("people", 30)),
        (10, p.greater_or_equal("people", 30)), (30, p.less("people", 30)), (31, p.less_or_equal("people", 30)),
        (11, p.between("people", 10, 20)), (2, p.in_("name", "n1", "n2", "n99")), (11, p.like("name", "n3%")),
        (11, p.ilike("name", "N3%")), (10, p.regex("name", r"n3\d")), (0, p.instance_of("java.lang.String")),
        (5, p.and_(p.greater("people", 9), p.less("people", 15))), (2, p.or_(p.equal("people", 1), p.equal("name", "n2"))),
        (30, p.not_(p.less("people", 10))), (1, p.equal("__key", "p7")), (40, p.true()), (0, p.false()),
        (3, p.sql("people BETWEEN 10 AND 12 AND name LIKE 'n%'")),
    ]  # fmt: skip
    for indexed in ("", " with indexes"):
        if indexed:
            cities.add_index(attributes=["people"], index_type="SORTED")
            cities.add_index(attributes=["name"], index_type="HASH")
        for kind, entries in (("Compact", cities), ("JSON", json)):
            for expected, condition in rows:
                check(f"{kind}{indexed} {condition}", expected, lambda: len(entries.entry_set(condition)))
    a, last = aggregator, predicate.greater_or_equal("people", 30)
    for expected, one in [(40, a.count()), (780, a.int_sum("people")), (19.5, a.int_avg("people")), (780, a.fixed_point_sum("people")),
                          (19.5, a.number_avg("people")), (39, a.max_("people")), (0, a.min_("people")), ("n9", a.max_("name"))]:  # fmt: skip
        check(f"{one}", expected, lambda: cities.aggregate(one))
    check("count with a predicate", 10, lambda: cities.aggregate(a.count("people"), last))
    check("distinct", 40, lambda: len(cities.aggregate(a.distinct("name"))))
    check("max_by", "p39", lambda: cities.aggregate(a.max_by("people")).key)
    check("min_by", "p0", lambda: cities.aggregate(a.min_by("people")).key)
    check("double_sum", 800, lambda: ships.aggregate(a.double_sum("tons")))
    check("double_avg", 20, lambda: ships.aggregate(a.double_avg("tons")))
    check("floating_point_sum", 800, lambda: ships.aggregate(a.floating_point_sum("tons")))
    one = predicate.equal("people", 1)
    check("project", ["n1"], lambda: cities.project(projection.single_attribute("name"), one))
    check("project two", [["n1", 1]], lambda: cities.project(projection.multi_attribute("name", "people"), one))
    check("identity", "p1", lambda: cities.project(projection.identity(), one)[0].key)
    check("SQL that cannot be read", errors.HazelcastError, lambda: thrown(lambda: cities.values(p.sql("people >"))).__base__)


def code(m):
    m.put_all({f"k{i:02}": i for i in range(50)})

    def count_of_pages():
        pages, found = predicate.paging(predicate.less("this", 40), 9), 0
        while values := m.values(pages):
            found += len(values)
            pages.next_page()
        return found

    check("pages", 40, count_of_pages)
    pages = predicate.paging(predicate.true(), 3, by_remainder(10))
    check("a page in the order of a comparator", [0, 10, 20], lambda: list(m.values(pages)))
    check("execute_on_key", 8, lambda: m.execute_on_key("k03", add(5)))
    check("execute_on_keys", {"k01": 3, "new": 2}, lambda: dict(m.execute_on_keys(["k01", "new"], add(2))))
    check("execute_on_entries", 51, lambda: len(m.execute_on_entries(add(1))))
    check("execute_on_entries with a predicate", {"k49": 60}, lambda: dict(m.execute_on_entries(add(10), predicate.equal("this", 50))))


def run(address, cluster, smart, acknowledged):
    results.clear()

    def connect(**more):
        return hazelcast.HazelcastClient(
            cluster_name=cluster, cluster_members=[address], smart_routing=smart, backup_ack_to_client_enabled=acknowledged,
            compact_serializers=[CitySerializer()], portable_factories={5: {1: Ship}}, **more,
        )  # fmt: skip

    name = f"python-{uuid.uuid4()}"
    client, other = connect(near_caches={f"{name}-near": {}}), connect()
    calls(client.get_map(name).blocking())
    locks(client.get_map(f"{name}-locks").blocking())
    listeners(client.get_map(f"{name}-told").blocking())
    queries(client, name)
    code(client.get_map(f"{name}-code").blocking())
    check("a schema that another client has sent", "n3", lambda: other.get_map(f"{name}-cities").blocking().get("p3").name)
    near, plain = client.get_map(f"{name}-near").blocking(), other.get_map(f"{name}-near").blocking()
    check("near cache", True, lambda: after(plain.set("k", 1), soon(lambda: near.get("k") == 1)))
    check("near cache after another's change", True, lambda: after(plain.set("k", 2), soon(lambda: near.get("k") == 2)))
    check("a queue is refused", errors.UnsupportedOperationError, lambda: thrown(lambda: client.get_queue("q").blocking().offer(1)))
    check("distributed objects", True, lambda: name in [o.name for o in client.get_distributed_objects()])
    check("destroy", 0, lambda: after(client.get_map(name).destroy(), other.get_map(name).blocking().size()))
    for one in other.get_distributed_objects():
        if name in one.name:
            one.destroy()
    client.shutdown()
    other.shutdown()
    mode = ("smart" if smart else "unisocket") + (", backups acknowledge" if acknowledged else "")
    print(f"{mode}: {len(results)} checks, {results.count(False)} failed")
    return all(results)


if __name__ == "__main__":
    modes = [(smart, acknowledged) for smart in (True, False) for acknowledged in (True, False)]
    sys.exit(0 if all([run(sys.argv[1], sys.argv[2], *mode) for mode in modes]) else 1)
