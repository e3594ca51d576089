"""The benchmark's one queue in SimPy: 50 agents, patience, after-call work; prints contacts a second of CPU time.

Usage: simpy_peer.py HOURS. The model is that of bench_sim (tests/bench/sim.c), with the same statistics of queue and agents.
"""
import random
import sys
import time

import simpy

RATE = 2880 / 3600
TALK, ACW, PATIENCE, TARGET, AGENTS = 45, 15, 120, 20, 50


class Floor:
    def __init__(self, env, draws):
        self.env, self.draws = env, draws
        self.agents = simpy.Resource(env, capacity=AGENTS)
        self.offered = self.answered = self.abandoned = self.in_target = 0
        self.wait = self.talk = self.acw = 0.0

    def contact(self):
        env, arrived = self.env, self.env.now
        with self.agents.request() as request:
            result = yield request | env.timeout(self.draws.expovariate(1 / PATIENCE))
            waited = env.now - arrived
            self.wait += waited
            if request not in result:
                self.abandoned += 1
                return
            self.answered += 1
            self.in_target += waited <= TARGET
            talk, acw = self.draws.expovariate(1 / TALK), self.draws.expovariate(1 / ACW)
            self.talk += talk
            self.acw += acw
            yield env.timeout(talk + acw)

    def arrivals(self):
        while True:
            yield self.env.timeout(self.draws.expovariate(RATE))
            self.offered += 1
            self.env.process(self.contact())


def main():
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 10
    env = simpy.Environment()
    floor = Floor(env, random.Random(7))
    env.process(floor.arrivals())
    start = time.process_time()
    env.run(until=hours * 3600)
    rate = floor.offered / (time.process_time() - start)
    print(f"{rate:.0f} {floor.abandoned / floor.offered:.4f}")


main()
