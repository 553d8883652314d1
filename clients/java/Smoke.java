// Hazelcast's Java client against a running cluster: java -cp HAZELCAST_JAR Smoke.java ADDRESS CLUSTER. Ends with 1 where a check failed.

import com.hazelcast.aggregation.Aggregators;
import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.config.*;
import com.hazelcast.core.*;
import com.hazelcast.map.*;
import com.hazelcast.map.listener.*;
import com.hazelcast.nio.*;
import com.hazelcast.nio.serialization.*;
import com.hazelcast.nio.serialization.compact.*;
import com.hazelcast.projection.Projections;
import com.hazelcast.query.*;
import java.io.IOException;
import java.math.*;
import java.time.*;
import java.util.*;
import java.util.concurrent.*;

public class Smoke {
  static int passed, failed;

  /** `expected` is compared by equals. */
  static void check(String name, Object expected, Callable<?> call) {
    try {
      Object found = call.call();
      if (Objects.equals(found, expected)) passed++;
      else fail(name, found + " instead of " + expected);
    } catch (Throwable error) {
      fail(name, String.valueOf(error));
    }
  }

  static void fail(String name, String why) {
    failed++;
    System.out.println("  failed: " + name + ": " + why);
  }

  static String thrown(Callable<?> call) {
    try {
      call.call();
      return "nothing";
    } catch (Throwable error) {
      return error.getClass().getSimpleName();
    }
  }

  /** True as soon as the condition is; false after ten seconds. */
  static boolean soon(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + 10_000_000_000L;
    while (!condition.call()) {
      if (System.nanoTime() > deadline) return false;
      Thread.sleep(10);
    }
    return true;
  }

  static <T> T elsewhere(Callable<T> call) throws Exception {
    FutureTask<T> task = new FutureTask<>(call);
    new Thread(task).start();
    return task.get(10, TimeUnit.SECONDS);
  }

  record Person(String name, int age) {}

  static class City {
    String name;
    int people;
    City(String name, int people) { this.name = name; this.people = people; }
  }

  static class CitySerializer implements CompactSerializer<City> {
    public City read(CompactReader in) { return new City(in.readString("name"), in.readInt32("people")); }
    public void write(CompactWriter out, City city) { out.writeString("name", city.name); out.writeInt32("people", city.people); }
    public String getTypeName() { return "city"; }
    public Class<City> getCompactClass() { return City.class; }
  }

  static class Ship implements Portable {
    String name;
    double tons;
    Ship() {}
    Ship(String name, double tons) { this.name = name; this.tons = tons; }
    public int getFactoryId() { return 5; }
    public int getClassId() { return 1; }
    public void writePortable(PortableWriter out) throws IOException { out.writeString("name", name); out.writeDouble("tons", tons); }
    public void readPortable(PortableReader in) throws IOException { name = in.readString("name"); tons = in.readDouble("tons"); }
  }

  /** Runs on the members as the function of functions.mjs that has these ids. */
  static class Add implements EntryProcessor<String, Integer, Integer>, IdentifiedDataSerializable {
    int by;
    Add(int by) { this.by = by; }
    public int getFactoryId() { return 10; }
    public int getClassId() { return 1; }
    public void writeData(ObjectDataOutput out) throws IOException { out.writeInt(by); }
    public void readData(ObjectDataInput in) throws IOException { by = in.readInt(); }
    public Integer process(Map.Entry<String, Integer> entry) { throw new UnsupportedOperationException(); }
  }

  static class ByRemainder implements Comparator<Map.Entry<String, Integer>>, IdentifiedDataSerializable {
    int divisor;
    ByRemainder(int divisor) { this.divisor = divisor; }
    public int getFactoryId() { return 10; }
    public int getClassId() { return 2; }
    public void writeData(ObjectDataOutput out) throws IOException { out.writeInt(divisor); }
    public void readData(ObjectDataInput in) throws IOException { divisor = in.readInt(); }
    public int compare(Map.Entry<String, Integer> a, Map.Entry<String, Integer> b) { return a.getValue() % divisor - b.getValue() % divisor; }
  }

  static void calls(IMap<Object, Object> m) {
    check("put", null, () -> m.put("a", 1));
    check("put again", 1, () -> m.put("a", 2));
    check("get", 2, () -> m.get("a"));
    check("set", "x", () -> { m.set("b", "x"); return m.get("b"); });
    check("putIfAbsent", 2, () -> m.putIfAbsent("a", 9));
    check("replace", 2, () -> m.replace("a", 3));
    check("replace if same", true, () -> m.replace("a", 3, 4));
    check("remove", 4, () -> m.remove("a"));
    check("remove if same", false, () -> m.remove("b", "y"));
    check("containsKey", true, () -> m.containsKey("b"));
    check("containsValue", true, () -> m.containsValue("x"));
    check("delete", false, () -> { m.delete("b"); return m.containsKey("b"); });
    check("tryPut", true, () -> m.tryPut("c", 1, 1, TimeUnit.SECONDS));
    check("tryRemove", true, () -> m.tryRemove("c", 1, TimeUnit.SECONDS));
    check("putTransient", 1, () -> { m.putTransient("d", 1, 0, TimeUnit.SECONDS); return m.get("d"); });
    check("evict", true, () -> m.evict("d"));
    check("putAsync", null, () -> m.putAsync("e", 1).toCompletableFuture().get());
    check("getAsync", 1, () -> m.getAsync("e").toCompletableFuture().get());
    check("removeAsync", 1, () -> m.removeAsync("e").toCompletableFuture().get());
    check("compute", 1, () -> m.compute("f", (k, v) -> 1));
    check("merge", 6, () -> m.merge("f", 5, (x, y) -> (Integer) x + (Integer) y));
    check("computeIfAbsent", 6, () -> m.computeIfAbsent("f", k -> 7));
    check("a lifetime", true, () -> { m.set("g", 1, 100, TimeUnit.MILLISECONDS); return soon(() -> m.get("g") == null); });
    check("a longest idle time", 1, () -> { m.put("h", 1, 0, TimeUnit.SECONDS, 100, TimeUnit.SECONDS); return m.get("h"); });
    check("setTtl", true, () -> m.setTtl("h", 100, TimeUnit.SECONDS));
    check("entry view", 100_000L, () -> m.getEntryView("h").getTtl());
    check("no entry view", null, () -> m.getEntryView("nothing"));
    check("clear", true, () -> { m.clear(); return m.isEmpty(); });
    check("putAll", 1000, () -> { Map<Object, Object> all = new HashMap<>(); for (int i = 0; i < 1000; i++) all.put("k" + i, i); m.putAll(all); return m.size(); });
    check("getAll", 2, () -> m.getAll(Set.of("k1", "k2", "nothing")).size());
    check("keySet", 1000, () -> m.keySet().size());
    check("values", 1000, () -> m.values().size());
    check("entrySet", 1000, () -> m.entrySet().size());
    check("iterator", 1000, () -> { int n = 0; for (Object entry : m) n++; return n; });
    check("replaceAll with a lambda", 8, () -> { m.replaceAll((k, v) -> k.equals("k7") ? 8 : v); return m.get("k7"); });
    check("removeAll", 500, () -> { m.removeAll(Predicates.sql("this >= 500")); return m.size(); });
    check("evictAll", 0, () -> { m.evictAll(); return m.size(); });
    check("put null", "NullPointerException", () -> thrown(() -> m.put("a", null)));
    check("a megabyte", 1 << 20, () -> { m.set("large", new byte[1 << 20]); return ((byte[]) m.get("large")).length; });
    for (Object value : List.of(true, (byte) 1, 'c', (short) 2, 3, 4L, 1.5f, 2.5, "héllo ✓ 😀", new BigInteger("1180591620717411303424"), new BigDecimal("1.50"), new UUID(1, 2),
        new Date(1), LocalDate.of(2024, 1, 2), LocalTime.of(3, 4, 5, 6), LocalDateTime.of(2024, 1, 2, 3, 4), OffsetDateTime.of(2024, 1, 2, 3, 4, 5, 6, ZoneOffset.ofHours(2)),
        new ArrayList<>(List.of(1, "two")), new HashMap<>(Map.of("k", 1L)), new HashSet<>(Set.of(1)), new HazelcastJsonValue("{\"a\":1}"))) {
      check("round trip of " + value.getClass().getSimpleName(), value, () -> { m.set("v", value); return m.get("v"); });
      check("containsValue of " + value.getClass().getSimpleName(), true, () -> m.containsValue(value));
    }
  }

  static void locks(IMap<Object, Object> m) {
    check("lock", true, () -> { m.lock("a"); return m.isLocked("a"); });
    check("lock again", true, () -> m.tryLock("a"));
    check("tryLock of another thread", false, () -> elsewhere(() -> m.tryLock("a")));
    check("tryPut of another thread", false, () -> elsewhere(() -> m.tryPut("a", 1, 10, TimeUnit.MILLISECONDS)));
    check("unlock of another thread", "IllegalMonitorStateException", () -> elsewhere(() -> thrown(() -> { m.unlock("a"); return 0; })));
    check("unlock", false, () -> { m.unlock("a"); m.unlock("a"); return m.isLocked("a"); });
    check("a lease ends", true, () -> { m.lock("b", 100, TimeUnit.MILLISECONDS); return elsewhere(() -> m.tryLock("b", 10, TimeUnit.SECONDS)); });
    check("forceUnlock", false, () -> { m.forceUnlock("b"); return m.isLocked("b"); });
  }

  static void listeners(IMap<Object, Object> m) {
    Queue<String> told = new ConcurrentLinkedQueue<>();
    UUID all = m.addEntryListener((EntryAddedListener<Object, Object>) e -> told.add("added " + e.getValue()), true);
    m.addEntryListener((EntryUpdatedListener<Object, Object>) e -> told.add("updated " + e.getOldValue()), true);
    m.addEntryListener((EntryRemovedListener<Object, Object>) e -> told.add("removed " + e.getOldValue()), true);
    m.addEntryListener((EntryEvictedListener<Object, Object>) e -> told.add("evicted " + e.getOldValue()), true);
    m.addEntryListener((EntryExpiredListener<Object, Object>) e -> told.add("expired"), true);
    m.addEntryListener((MapClearedListener) e -> told.add("cleared " + e.getNumberOfEntriesAffected()), false);
    m.addEntryListener((MapEvictedListener) e -> told.add("evicted all"), false);
    m.addEntryListener((EntryAddedListener<Object, Object>) e -> told.add("key " + e.getValue()), "k", false);
    m.addEntryListener((EntryAddedListener<Object, Object>) e -> told.add("large " + e.getKey()), Predicates.greaterThan("this", 100), true);
    m.put("k", 1); m.put("k", 2); m.remove("k"); m.put("l", 101); m.evict("l");
    for (String event : List.of("added 1", "updated 1", "removed 2", "key null", "large l", "evicted 101"))
      check("told: " + event, true, () -> soon(() -> told.contains(event)));
    check("told: expired", true, () -> { m.set("x", 1, 50, TimeUnit.MILLISECONDS); return soon(() -> m.get("x") == null && told.contains("expired")); });
    check("told: cleared", true, () -> { m.set("y", 1); m.clear(); return soon(() -> told.contains("cleared 1")); });
    check("told: evicted all", true, () -> { m.set("z", 1); m.evictAll(); return soon(() -> told.contains("evicted all")); });
    check("removeEntryListener", true, () -> m.removeEntryListener(all));
  }

  static void queries(HazelcastInstance h, String name) {
    IMap<String, Person> people = h.getMap(name + "-people");
    IMap<String, Ship> ships = h.getMap(name + "-ships");
    IMap<String, City> cities = h.getMap(name + "-cities");
    IMap<String, HazelcastJsonValue> json = h.getMap(name + "-json");
    for (int i = 0; i < 40; i++) {
      people.set("p" + i, new Person("n" + i, i));
      ships.set("s" + i, new Ship("n" + i, i + 0.5));
      cities.set("c" + i, new City("n" + i, i));
      json.set("j" + i, new HazelcastJsonValue("{\"name\":\"n" + i + "\",\"age\":" + i + ",\"of\":{\"list\":[{\"x\":" + i % 4 + "},{\"x\":9}]}}"));
    }
    check("a record as Compact", new Person("n3", 3), () -> people.get("p3"));
    check("a Compact serializer", 3, () -> cities.get("c3").people);
    check("a Portable", 3.5, () -> ships.get("s3").tons);
    check("Portable query", 10, () -> ships.values(Predicates.greaterEqual("tons", 30.5)).size());
    check("Compact query", 10, () -> cities.values(Predicates.lessThan("people", 10)).size());
    check("JSON path", 10, () -> json.values(Predicates.equal("of.list[0].x", 3)).size());
    check("JSON any", 40, () -> json.values(Predicates.equal("of.list[any].x", 9)).size());
    for (boolean indexed : new boolean[] {false, true}) {
      if (indexed) { people.addIndex(IndexType.SORTED, "age"); people.addIndex(IndexType.HASH, "name"); json.addIndex(IndexType.BITMAP, "age"); }
      String with = indexed ? " with indexes" : "";
      Map<String, Predicate<String, Person>> found = new LinkedHashMap<>();
      found.put("1 equal", Predicates.equal("name", "n3"));
      found.put("39 notEqual", Predicates.notEqual("name", "n3"));
      found.put("9 greaterThan", Predicates.greaterThan("age", 30));
      found.put("31 lessEqual", Predicates.lessEqual("age", 30));
      found.put("11 between", Predicates.between("age", 10, 20));
      found.put("2 in", Predicates.in("name", "n1", "n2", "n99"));
      found.put("11 like", Predicates.like("name", "n3%"));
      found.put("11 ilike", Predicates.ilike("name", "N3%"));
      found.put("10 regex", Predicates.regex("name", "n3\\d"));
      found.put("5 and", Predicates.and(Predicates.greaterThan("age", 9), Predicates.lessThan("age", 15)));
      found.put("2 or", Predicates.or(Predicates.equal("age", 1), Predicates.equal("name", "n2")));
      found.put("30 not", Predicates.not(Predicates.lessThan("age", 10)));
      found.put("1 key", Predicates.equal("__key", "p7"));
      found.put("40 alwaysTrue", Predicates.alwaysTrue());
      found.put("0 alwaysFalse", Predicates.alwaysFalse());
      found.put("3 sql", Predicates.sql("age BETWEEN 10 AND 12 AND name LIKE 'n%'"));
      found.put("1 builder", Predicates.newPredicateBuilder().getEntryObject().get("age").equal(5));
      found.put("1 partition", Predicates.partitionPredicate("p7", Predicates.equal("name", "n7")));
      found.forEach((text, predicate) -> {
        String[] parts = text.split(" ");
        check(parts[1] + with, Integer.valueOf(parts[0]), () -> people.entrySet(predicate).size());
      });
    }
    check("JSON with a bitmap index", 1, () -> json.keySet(Predicates.equal("age", 17)).size());
    check("instanceOf", 0, () -> people.values(Predicates.instanceOf(String.class)).size());
    check("project", Set.of("n1"), () -> new HashSet<>(people.project(Projections.<Map.Entry<String, Person>, String>singleAttribute("name"), Predicates.equal("age", 1))));
    check("project two", List.of("n1", 1), () -> Arrays.asList(people.project(Projections.<Map.Entry<String, Person>>multiAttribute("name", "age"), Predicates.equal("age", 1)).iterator().next()));
    check("count", 40L, () -> people.aggregate(Aggregators.count()));
    check("integerSum", 780L, () -> people.aggregate(Aggregators.integerSum("age")));
    check("integerAvg", 19.5, () -> people.aggregate(Aggregators.integerAvg("age")));
    check("integerMax", 39, () -> people.aggregate(Aggregators.integerMax("age")));
    check("integerMin with a predicate", 30, () -> people.aggregate(Aggregators.integerMin("age"), Predicates.greaterEqual("age", 30)));
    check("comparableMax", "n9", () -> people.aggregate(Aggregators.comparableMax("name")));
    check("maxBy", "p39", () -> people.aggregate(Aggregators.<Map.Entry<String, Person>>maxBy("age")).getKey());
    check("minBy", "p0", () -> people.aggregate(Aggregators.<Map.Entry<String, Person>>minBy("age")).getKey());
    check("distinct", 40, () -> people.aggregate(Aggregators.<Map.Entry<String, Person>, String>distinct("name")).size());
    check("doubleSum", 800.0, () -> ships.aggregate(Aggregators.doubleSum("tons")));
    check("doubleAvg", 20.0, () -> ships.aggregate(Aggregators.doubleAvg("tons")));
    check("floatingPointSum", 800.0, () -> ships.aggregate(Aggregators.floatingPointSum("tons")));
    check("fixedPointSum", 780L, () -> people.aggregate(Aggregators.fixedPointSum("age")));
    check("numberAvg", 19.5, () -> people.aggregate(Aggregators.numberAvg("age")));
    check("SQL that cannot be read", "IllegalArgumentException", () -> thrown(() -> people.values(Predicates.sql("age >"))));
  }

  static void code(IMap<String, Integer> m) {
    for (int i = 0; i < 50; i++) m.set(String.format("k%02d", i), i);
    PagingPredicate<String, Integer> pages = Predicates.pagingPredicate(Predicates.lessThan("this", 40), 9);
    check("pages", 40, () -> { int n = 0; for (int found; (found = m.values(pages).size()) > 0; pages.nextPage()) n += found; return n; });
    check("a page in the order of a comparator", List.of(0, 10, 20), () -> List.copyOf(m.values(Predicates.pagingPredicate(new ByRemainder(10), 3))));
    check("executeOnKey", 8, () -> m.executeOnKey("k03", new Add(5)));
    check("submitToKey", 9, () -> m.submitToKey("k03", new Add(1)).toCompletableFuture().get());
    check("executeOnKeys", Map.of("k01", 3, "new", 2), () -> m.executeOnKeys(Set.of("k01", "new"), new Add(2)));
    check("executeOnEntries", 51, () -> m.executeOnEntries(new Add(1)).size());
    check("executeOnEntries with a predicate", Map.of("k49", 60), () -> m.executeOnEntries(new Add(10), Predicates.equal("this", 50)));
  }

  static void run(String address, String cluster, String mode, boolean smart, boolean acknowledged) throws Exception {
    passed = failed = 0;
    ClientConfig config = new ClientConfig();
    config.setClassLoader(Smoke.class.getClassLoader());
    config.setClusterName(cluster).setProperty("hazelcast.logging.type", "none").setBackupAckToClientEnabled(acknowledged);
    config.getNetworkConfig().addAddress(address).setSmartRouting(smart);
    config.getConnectionStrategyConfig().getConnectionRetryConfig().setClusterConnectTimeoutMillis(10_000);
    config.getSerializationConfig().addPortableFactory(5, id -> new Ship()).getCompactSerializationConfig().addSerializer(new CitySerializer());
    config.addNearCacheConfig(new NearCacheConfig("java-near-*"));
    HazelcastInstance h = HazelcastClient.newHazelcastClient(config);
    HazelcastInstance other = HazelcastClient.newHazelcastClient(new ClientConfig(config).setNearCacheConfigMap(new HashMap<>()));
    String name = "java-" + UUID.randomUUID();
    calls(h.getMap(name));
    locks(h.getMap(name + "-locks"));
    listeners(h.getMap(name + "-told"));
    queries(h, name);
    code(h.getMap(name + "-code"));
    IMap<String, Integer> near = h.getMap("java-near-" + name), plain = other.getMap(near.getName());
    check("near cache", true, () -> { plain.set("k", 1); return soon(() -> near.get("k") == 1 && near.getLocalMapStats().getNearCacheStats().getHits() > 0); });
    check("near cache after another's change", true, () -> { plain.set("k", 2); return soon(() -> near.get("k") == 2); });
    check("partitions", 271, () -> h.getPartitionService().getPartitions().size());
    check("distributed objects", true, () -> h.getDistributedObjects().stream().anyMatch(o -> o.getName().equals(name)));
    check("an added configuration", 60_000L, () -> {
      h.getConfig().addMapConfig(new MapConfig(name + "-added").setTimeToLiveSeconds(60));
      IMap<String, Integer> added = h.getMap(name + "-added");
      added.set("k", 1);
      return added.getEntryView("k").getTtl();
    });
    check("a map store is refused", "UnsupportedOperationException", () -> {
      MapConfig stored = new MapConfig(name + "-stored");
      stored.getMapStoreConfig().setEnabled(true).setClassName("Store");
      return thrown(() -> h.getConfig().addMapConfig(stored));
    });
    check("a queue is refused", "UnsupportedOperationException", () -> thrown(() -> h.getQueue("q").offer(1)));
    check("destroy", 0, () -> { h.getMap(name).destroy(); return other.getMap(name).size(); });
    for (DistributedObject o : other.getDistributedObjects()) if (o.getName().contains(name)) o.destroy();
    System.out.println(mode + ": " + (passed + failed) + " checks, " + failed + " failed");
    other.shutdown();
    h.shutdown();
  }

  public static void main(String[] arguments) throws Exception {
    int all = 0;
    for (boolean smart : new boolean[] {true, false})
      for (boolean acknowledged : new boolean[] {true, false}) {
        run(arguments[0], arguments[1], (smart ? "smart" : "unisocket") + (acknowledged ? ", backups acknowledge" : ""), smart, acknowledged);
        all += failed;
      }
    System.exit(all == 0 ? 0 : 1);
  }
}
