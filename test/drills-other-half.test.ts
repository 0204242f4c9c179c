import { describeDrills } from './play-drills.ts';

describeDrills(1, 2);
